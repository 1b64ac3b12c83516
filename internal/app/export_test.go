package app

import "time"

// SetRoom has the App believe what room says of the disk, and look so often.
func (a *App) SetRoom(every time.Duration, room func(string) (Room, error)) {
	a.diskLook, a.room = every, room
}
