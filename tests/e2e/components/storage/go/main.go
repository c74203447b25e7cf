// Command disk-driver is a CSI driver for one node. Volumes are XFS file systems, or block devices, in sparse files on loop devices.
// It has what tests of storage need: snapshots, clones, online growth, ReadWriteOncePod, statistics, a zone, and pools that can be full.
// It runs beside the kubelet, as a process of the machine, and registers itself there.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc"
	registration "k8s.io/kubelet/pkg/apis/pluginregistration/v1"
)

const driverName = "disk.e2e.test"

const help = `Usage: disk-driver --state DIRECTORY --socket PATH [--registry DIRECTORY] [--node NAME] [--zone NAME] [--pool NAME=BYTES]...
`

func main() {
	config := driver{node: "node-1", zone: "a", pools: map[string]int64{}}
	var socket, registry string
	flag.StringVar(&config.state, "state", "", "directory of the volumes and snapshots")
	flag.StringVar(&socket, "socket", "", "where to listen")
	flag.StringVar(&registry, "registry", "", "the kubelet's directory of plugin sockets; without it, no kubelet knows this driver")
	flag.StringVar(&config.node, "node", config.node, "name of the node")
	flag.StringVar(&config.zone, "zone", config.zone, "zone of the node and of every volume")
	flag.Func("pool", "a pool and its size; the first one is for classes that name none", config.addPool)
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), help)
		flag.PrintDefaults()
	}
	flag.Parse()
	if config.state == "" || socket == "" || len(config.pools) == 0 || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := serve(&config, socket, registry); err != nil {
		log.Fatal(err)
	}
}

// driver has the settings; all state is in files, loop devices and mounts, so that it may start again at any time.
type driver struct {
	csi.UnimplementedIdentityServer
	csi.UnimplementedControllerServer
	csi.UnimplementedNodeServer
	registration.UnimplementedRegistrationServer

	state, node, zone string
	pools             map[string]int64
	defaultPool       string
	endpoint          string
	calls             sync.Mutex
}

func (d *driver) addPool(text string) error {
	name, size, _ := strings.Cut(text, "=")
	bytes, err := strconv.ParseInt(size, 10, 64)
	if err != nil || name == "" {
		return errors.New("not NAME=BYTES")
	}
	if len(d.pools) == 0 {
		d.defaultPool = name
	}
	d.pools[name] = bytes
	return nil
}

func serve(d *driver, socket, registry string) error {
	for _, kind := range []string{volumes, snapshots} {
		if err := os.MkdirAll(filepath.Join(d.state, kind), 0o700); err != nil {
			return err
		}
	}
	d.endpoint = socket
	failed := make(chan error)
	// One call at a time: no lock is needed for one volume, and files are read only when they are whole.
	server := grpc.NewServer(grpc.UnaryInterceptor(func(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		d.calls.Lock()
		defer d.calls.Unlock()
		response, err := handler(ctx, request)
		if err != nil {
			log.Printf("%s: %v", info.FullMethod, err)
		}
		return response, err
	}))
	csi.RegisterIdentityServer(server, d)
	csi.RegisterControllerServer(server, d)
	csi.RegisterNodeServer(server, d)
	if err := listen(server, socket, failed); err != nil {
		return err
	}
	if registry != "" {
		toKubelet := grpc.NewServer()
		registration.RegisterRegistrationServer(toKubelet, d)
		if err := listen(toKubelet, filepath.Join(registry, driverName+"-reg.sock"), failed); err != nil {
			return err
		}
	}
	log.Printf("%s listens on %s", driverName, socket)
	return <-failed
}

func listen(server *grpc.Server, socket string, failed chan<- error) error {
	if err := os.MkdirAll(filepath.Dir(socket), 0o700); err != nil {
		return err
	}
	if err := os.Remove(socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	go func() { failed <- server.Serve(listener) }()
	return nil
}

// GetInfo tells the kubelet what is behind the registration's socket.
func (d *driver) GetInfo(context.Context, *registration.InfoRequest) (*registration.PluginInfo, error) {
	return &registration.PluginInfo{
		Type: registration.CSIPlugin, Name: driverName, Endpoint: d.endpoint, SupportedVersions: []string{"1.0.0"},
	}, nil
}

// NotifyRegistrationStatus logs why the kubelet does not take the driver.
func (d *driver) NotifyRegistrationStatus(_ context.Context, status *registration.RegistrationStatus) (*registration.RegistrationStatusResponse, error) {
	if !status.PluginRegistered {
		log.Printf("not registered: %s", status.Error)
	}
	return &registration.RegistrationStatusResponse{}, nil
}

// GetPluginInfo is the same for the sidecars.
func (d *driver) GetPluginInfo(context.Context, *csi.GetPluginInfoRequest) (*csi.GetPluginInfoResponse, error) {
	return &csi.GetPluginInfoResponse{Name: driverName, VendorVersion: "1.0.0"}, nil
}

func (d *driver) GetPluginCapabilities(context.Context, *csi.GetPluginCapabilitiesRequest) (*csi.GetPluginCapabilitiesResponse, error) {
	response := &csi.GetPluginCapabilitiesResponse{Capabilities: []*csi.PluginCapability{{
		Type: &csi.PluginCapability_VolumeExpansion_{VolumeExpansion: &csi.PluginCapability_VolumeExpansion{
			Type: csi.PluginCapability_VolumeExpansion_ONLINE,
		}},
	}}}
	for _, service := range []csi.PluginCapability_Service_Type{
		csi.PluginCapability_Service_CONTROLLER_SERVICE,
		csi.PluginCapability_Service_VOLUME_ACCESSIBILITY_CONSTRAINTS,
	} {
		response.Capabilities = append(response.Capabilities, &csi.PluginCapability{
			Type: &csi.PluginCapability_Service_{Service: &csi.PluginCapability_Service{Type: service}},
		})
	}
	return response, nil
}

func (d *driver) Probe(context.Context, *csi.ProbeRequest) (*csi.ProbeResponse, error) {
	return &csi.ProbeResponse{}, nil
}
