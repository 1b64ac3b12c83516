package company

import (
	"slices"
	"strings"
)

// Everyday returns the English names of a company that are everyday words too:
// without match: cased or cues that confirm them they would be found where the
// word means the thing.
func (c Company) Everyday() []string {
	if c.Cased() || len(c.Needs) > 0 {
		return nil
	}
	var out []string
	for _, n := range c.Names["en"] {
		if slices.Contains(everyday, strings.ToLower(n)) {
			out = append(out, n)
		}
	}
	return out
}

// everyday are words of everyday English that firms take for their names.
var everyday = strings.Fields(`
	acorn agile air alpha amber anchor angel apex apple arc arch arm arrow ash aspect aspen atlas atom aura aurora avenue axis
	balance bamboo band bank bar base basis beacon beam bear bell beta big bird black blade blaze block blue board bold bolt bond
	boost bow box branch brave bridge bright bronze brook buddy bull butter cactus camel candle canvas canyon cap carbon card
	carrot castle cedar cell center central chain champion chance charge charm chart chase cherry chip choice circle circuit
	city clear click cliff clip cloud clover coast cobalt code coin comet common compass cool copper coral core corner crane
	crater creek crest cross crown crystal cube current cut dart dash data dawn day deep delta den desert diamond dove dragon
	dream drift drive drop dune eagle earth east echo eclipse edge element elephant ember emerald engine epic epoch even ever
	evergreen exact express eye fable falcon fast feather fern field fig fire first fish flag flame flash fleet flex flint flow
	fly focus force forest forge form fort forward fountain fox frame free fresh frog frontier fuse fusion future galaxy gate
	gem general giant ginger glass globe gold good grain grand granite graph grass gravity great green grid grove guard guide
	gulf hammer harbor hawk haven hawthorn hazel heart helix hero high hill hive home honey hook hop horizon horse house hub
	ice icon idea image impact index infinity ink inside iris iron island ivory ivy jade jet joy jump juniper key kin king kite
	knight lake lamp lantern lark laser leaf lens level lever life lift light lily lime line link lion liquid live logic loop
	lotus lucid luna lynx magic magnet main mango maple marble mark mars mask matrix matter max maze meadow mercury merit mesa
	meta meteor micro mint mirror mist modern moment moon mosaic motion mountain muse navy nest net new next night nimble noble
	north note nova oak oasis object ocean olive omega one onyx opal open optic oracle orange orbit orchid origin otter owl
	palm panda paper parallel path peak pearl pebble pepper phase phoenix pilot pine pioneer pivot pixel plain planet plum
	point polar pond port power prairie precise prime prism pulse pure quantum quartz quest quick radar rain rainbow rapid
	raven ray reach real rebel red reef relay ridge ring rise river robin rock rocket root rose ruby run sage sail salt sand
	sapphire scale scout sea seal second seed sense shadow shape shark shell shield shift shine sierra signal silver simple
	sky slack smart snow solid sonic source south spark spectrum speed sphere spider spin spiral spring sprint square stable
	stage star start station steam steel stellar step sterling stone storm stream stripe strong summit sun surf swan swift
	sword target tempo tensor terra tide tiger titan token tool top torch tower track trail tree trident true trust tulip
	turbo twin ultra union unity upper urban valley vector velvet venture verge vertex vine violet vision vista vital voice
	volt wave way west whale wheel white wild willow wind window wing winter wire wise wolf wonder wood word world yellow
	young zen zenith zero zone`)
