// Package deploy reads the files of deploy/ as those do who use them: compose,
// kustomize and the API of Kubernetes.
package deploy

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

const root = "../../.."

// TestCompose loads the file as compose does, against its schema, with the
// passwords of the example.
func TestCompose(t *testing.T) {
	dir := filepath.Join(root, "deploy/container")
	env, err := os.ReadFile(filepath.Join(dir, "secrets.example.env"))
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "compose.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	work := t.TempDir() // with the file of secrets that a user makes
	for name, text := range map[string][]byte{"secrets.env": env, "compose.yaml": data} {
		if err := os.WriteFile(filepath.Join(work, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	opts, err := cli.NewProjectOptions([]string{filepath.Join(work, "compose.yaml")}, cli.WithWorkingDirectory(work), cli.WithEnvFiles(filepath.Join(work, "secrets.env")), cli.WithDotEnv)
	if err != nil {
		t.Fatal(err)
	}
	p, err := opts.LoadProject(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	servers := 0
	for name, s := range p.Services {
		if !s.ReadOnly || !slices.Contains(s.CapDrop, "ALL") {
			t.Errorf("%s may write to its root, or has rights", name)
		}
		for _, port := range s.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s is published on %q", name, port.HostIP)
			}
		}
		if strings.HasPrefix(name, "nats-") {
			servers++
			if routes := s.Environment["ROUTES"]; routes == nil || strings.Count(*routes, "route:change-me-route@nats-") != 2 || strings.Contains(*routes, "@"+name+":") {
				t.Errorf("%s: routes %v", name, routes)
			}
		}
	}
	if servers != 3 {
		t.Errorf("%d servers, want 3", servers)
	}
	for _, c := range p.Configs {
		if _, err := os.Stat(filepath.Join(dir, filepath.Base(c.File))); err != nil {
			t.Error(err)
		}
	}
}

// TestKubernetes builds the base as kustomize does and decodes each object, with
// no field unknown, into its type.
func TestKubernetes(t *testing.T) {
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), filepath.Join(root, "deploy/k8s"))
	if err != nil {
		t.Fatal(err)
	}
	var set apps.StatefulSet
	var rules networking.NetworkPolicy
	var budget policy.PodDisruptionBudget
	var settings core.ConfigMap
	var service core.Service
	objects := map[string]any{
		"StatefulSet": &set, "NetworkPolicy": &rules, "PodDisruptionBudget": &budget, "ConfigMap": &settings, "Service": &service,
		"Namespace": &core.Namespace{}, "ServiceAccount": &core.ServiceAccount{},
	}
	for _, r := range built.Resources() {
		data, err := r.AsYAML()
		if err != nil {
			t.Fatal(err)
		}
		into := objects[r.GetKind()]
		if into == nil {
			t.Errorf("a %s that nobody looks at", r.GetKind())
			continue
		}
		if err := yaml.UnmarshalStrict(data, into); err != nil {
			t.Errorf("%s %s: %v", r.GetKind(), r.GetName(), err)
		}
		delete(objects, r.GetKind())
	}
	if len(objects) > 0 {
		t.Errorf("not there: %v", objects)
	}
	checkPod(t, set.Spec.Template, settings)
	labels := set.Spec.Template.Labels
	for what, selector := range map[string]map[string]string{
		"set": set.Spec.Selector.MatchLabels, "policy": rules.Spec.PodSelector.MatchLabels,
		"budget": budget.Spec.Selector.MatchLabels, "service": service.Spec.Selector,
	} {
		for k, v := range selector {
			if labels[k] != v {
				t.Errorf("%s selects %s=%s, the pods have %q", what, k, v, labels[k])
			}
		}
	}
	if len(set.Spec.VolumeClaimTemplates) != 1 || set.Spec.ServiceName != service.Name {
		t.Errorf("%d claims, service %s", len(set.Spec.VolumeClaimTemplates), set.Spec.ServiceName)
	}
	if budget.Spec.MinAvailable.IntValue() >= int(*set.Spec.Replicas) {
		t.Error("the budget lets no node be drained")
	}
}

func checkPod(t *testing.T, pod core.PodTemplateSpec, settings core.ConfigMap) {
	t.Helper()
	c := pod.Spec.Containers[0]
	s := c.SecurityContext
	if !*pod.Spec.SecurityContext.RunAsNonRoot || !*s.ReadOnlyRootFilesystem || *s.AllowPrivilegeEscalation || !slices.Contains(s.Capabilities.Drop, "ALL") {
		t.Errorf("the container has rights: %+v", s)
	}
	for what, p := range map[string]*core.Probe{"startup": c.StartupProbe, "liveness": c.LivenessProbe, "readiness": c.ReadinessProbe} {
		if p == nil || !slices.ContainsFunc(c.Ports, func(port core.ContainerPort) bool { return port.Name == p.HTTPGet.Port.StrVal }) {
			t.Errorf("%s probe: none, or at a port that there is not", what)
		}
	}
	mounted := map[string]bool{}
	for _, m := range c.VolumeMounts {
		mounted[m.MountPath] = true
	}
	if !mounted["/var/lib/chipwire"] || !mounted["/etc/chipwire"] {
		t.Errorf("mounts %v", mounted)
	}
	if found := slices.ContainsFunc(pod.Spec.Volumes, func(v core.Volume) bool { return v.ConfigMap != nil && v.ConfigMap.Name == settings.Name }); !found {
		t.Errorf("no volume of the settings %s", settings.Name)
	}
	file, err := os.ReadFile(filepath.Join(root, "deploy/k8s/chipwire.yaml"))
	if err != nil || !bytes.Equal(file, []byte(settings.Data["chipwire.yaml"])) {
		t.Errorf("the settings are not the file: %v", err)
	}
}
