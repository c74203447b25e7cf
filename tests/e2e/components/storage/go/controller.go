package main

import (
	"context"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

const (
	mebibyte = 1 << 20
	// minimumSize is what XFS needs.
	minimumSize = 32 * mebibyte
	// defaultSize is for a request without a size.
	defaultSize = 1 << 30
)

// zoneKey is a label of the node, which the kubelet sets.
const zoneKey = "topology." + driverName + "/zone"

// Parameters of a StorageClass, and of a VolumeSnapshotClass.
const (
	poolParameter  = "pool"
	readyParameter = "readyAfter"
)

func (d *driver) ControllerGetCapabilities(context.Context, *csi.ControllerGetCapabilitiesRequest) (*csi.ControllerGetCapabilitiesResponse, error) {
	response := &csi.ControllerGetCapabilitiesResponse{}
	for _, capability := range []csi.ControllerServiceCapability_RPC_Type{
		csi.ControllerServiceCapability_RPC_CREATE_DELETE_VOLUME,
		csi.ControllerServiceCapability_RPC_GET_CAPACITY,
		csi.ControllerServiceCapability_RPC_CREATE_DELETE_SNAPSHOT,
		csi.ControllerServiceCapability_RPC_LIST_SNAPSHOTS,
		csi.ControllerServiceCapability_RPC_CLONE_VOLUME,
		csi.ControllerServiceCapability_RPC_EXPAND_VOLUME,
		csi.ControllerServiceCapability_RPC_SINGLE_NODE_MULTI_WRITER,
	} {
		response.Capabilities = append(response.Capabilities, &csi.ControllerServiceCapability{
			Type: &csi.ControllerServiceCapability_Rpc{Rpc: &csi.ControllerServiceCapability_RPC{Type: capability}},
		})
	}
	return response, nil
}

func (d *driver) CreateVolume(_ context.Context, request *csi.CreateVolumeRequest) (*csi.CreateVolumeResponse, error) {
	id := request.GetName()
	if !idPattern.MatchString(id) {
		return nil, status.Errorf(codes.InvalidArgument, "name: %q is no name of a volume", id)
	}
	if err := checkCapabilities(request.GetVolumeCapabilities()); err != nil {
		return nil, err
	}
	size, err := sizeOf(request.GetCapacityRange())
	if err != nil {
		return nil, err
	}
	wanted := &record{Size: size, Block: request.GetVolumeCapabilities()[0].GetBlock() != nil}
	if wanted.Pool, err = d.poolOf(request.GetParameters()); err != nil {
		return nil, err
	}
	source, kind, sourceID := request.GetVolumeContentSource(), "", ""
	if snapshot := source.GetSnapshot(); snapshot != nil {
		kind, sourceID = snapshots, snapshot.GetSnapshotId()
	} else if volume := source.GetVolume(); volume != nil {
		kind, sourceID = volumes, volume.GetVolumeId()
	}
	if kind != "" {
		wanted.Source = kind + "/" + sourceID
	}

	there, err := d.find(volumes, id)
	switch {
	case err == nil:
		if there.Size < size || there.Size > limitOf(request.GetCapacityRange()) || there.Pool != wanted.Pool || there.Source != wanted.Source || there.Block != wanted.Block {
			return nil, status.Errorf(codes.AlreadyExists, "there is another volume %q", id)
		}
		wanted = there
	case status.Code(err) != codes.NotFound:
		return nil, err
	default:
		if err := d.createVolume(id, wanted, kind, sourceID, request); err != nil {
			return nil, err
		}
	}
	return &csi.CreateVolumeResponse{Volume: &csi.Volume{
		VolumeId: id, CapacityBytes: wanted.Size, ContentSource: source, AccessibleTopology: []*csi.Topology{d.topology()},
	}}, nil
}

func (d *driver) createVolume(id string, wanted *record, kind, sourceID string, request *csi.CreateVolumeRequest) error {
	if topologies := request.GetAccessibilityRequirements().GetRequisite(); len(topologies) > 0 && !slices.ContainsFunc(topologies, d.isHere) {
		return status.Errorf(codes.ResourceExhausted, "every volume is in zone %s", d.zone)
	}
	if err := d.takeFrom(wanted.Pool, wanted.Size); err != nil {
		return err
	}
	if kind == "" {
		return d.create(volumes, id, wanted, func(disk string) error {
			if err := makeDisk(disk, wanted.Size); err != nil || wanted.Block {
				return err
			}
			return makeFileSystem(disk)
		})
	}
	from, err := d.find(kind, sourceID)
	if err != nil {
		return err
	}
	if from.Size > limitOf(request.GetCapacityRange()) {
		return status.Errorf(codes.OutOfRange, "%s has %d bytes", wanted.Source, from.Size)
	}
	wanted.Size = max(wanted.Size, from.Size)
	return d.create(volumes, id, wanted, func(disk string) error {
		if err := copyDisk(d.disk(kind, sourceID), disk); err != nil {
			return err
		}
		return os.Truncate(disk, wanted.Size)
	})
}

func (d *driver) DeleteVolume(_ context.Context, request *csi.DeleteVolumeRequest) (*csi.DeleteVolumeResponse, error) {
	id := request.GetVolumeId()
	device, err := loopDevice(d.disk(volumes, id))
	if err != nil {
		return nil, err
	}
	if device != "" {
		return nil, status.Errorf(codes.FailedPrecondition, "volume %s is in use as %s", id, device)
	}
	return &csi.DeleteVolumeResponse{}, d.remove(volumes, id)
}

func (d *driver) ControllerExpandVolume(_ context.Context, request *csi.ControllerExpandVolumeRequest) (*csi.ControllerExpandVolumeResponse, error) {
	volume, err := d.find(volumes, request.GetVolumeId())
	if err != nil {
		return nil, err
	}
	if request.GetCapacityRange() == nil {
		return nil, status.Error(codes.InvalidArgument, "no size")
	}
	size, err := sizeOf(request.GetCapacityRange())
	if err != nil {
		return nil, err
	}
	if size > volume.Size {
		if err := d.takeFrom(volume.Pool, size-volume.Size); err != nil {
			return nil, err
		}
		if err := os.Truncate(d.disk(volumes, request.GetVolumeId()), size); err != nil {
			return nil, err
		}
		volume.Size = size
		if err := d.update(volumes, request.GetVolumeId(), volume); err != nil {
			return nil, err
		}
	}
	return &csi.ControllerExpandVolumeResponse{CapacityBytes: volume.Size, NodeExpansionRequired: true}, nil
}

func (d *driver) ValidateVolumeCapabilities(_ context.Context, request *csi.ValidateVolumeCapabilitiesRequest) (*csi.ValidateVolumeCapabilitiesResponse, error) {
	if _, err := d.find(volumes, request.GetVolumeId()); err != nil {
		return nil, err
	}
	if len(request.GetVolumeCapabilities()) == 0 {
		return nil, status.Error(codes.InvalidArgument, "no capability")
	}
	if err := checkCapabilities(request.GetVolumeCapabilities()); err != nil {
		return &csi.ValidateVolumeCapabilitiesResponse{Message: err.Error()}, nil
	}
	return &csi.ValidateVolumeCapabilitiesResponse{Confirmed: &csi.ValidateVolumeCapabilitiesResponse_Confirmed{
		VolumeCapabilities: request.GetVolumeCapabilities(),
	}}, nil
}

func (d *driver) GetCapacity(_ context.Context, request *csi.GetCapacityRequest) (*csi.GetCapacityResponse, error) {
	pool, err := d.poolOf(request.GetParameters())
	if err != nil {
		return nil, err
	}
	if topology := request.GetAccessibleTopology(); topology != nil && !d.isHere(topology) {
		return &csi.GetCapacityResponse{}, nil
	}
	free, err := d.free(pool)
	return &csi.GetCapacityResponse{AvailableCapacity: free}, err
}

func (d *driver) CreateSnapshot(_ context.Context, request *csi.CreateSnapshotRequest) (*csi.CreateSnapshotResponse, error) {
	id, source := request.GetName(), request.GetSourceVolumeId()
	if !idPattern.MatchString(id) {
		return nil, status.Errorf(codes.InvalidArgument, "name: %q is no name of a snapshot", id)
	}
	if source == "" {
		return nil, status.Error(codes.InvalidArgument, "no source volume")
	}
	there, err := d.find(snapshots, id)
	if status.Code(err) == codes.NotFound {
		if there, err = d.createSnapshot(id, source, request.GetParameters()[readyParameter]); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, err
	}
	if there.Source != source {
		return nil, status.Errorf(codes.AlreadyExists, "there is a snapshot %q of another volume", id)
	}
	return &csi.CreateSnapshotResponse{Snapshot: described(id, there)}, nil
}

// createSnapshot copies a volume. For the time readyAfter its bytes may not be used, as if they were being uploaded.
func (d *driver) createSnapshot(id, source, readyAfter string) (*record, error) {
	delay := time.Duration(0)
	if readyAfter != "" {
		var err error
		if delay, err = time.ParseDuration(readyAfter); err != nil {
			return nil, status.Errorf(codes.InvalidArgument, "%s: %v", readyParameter, err)
		}
	}
	volume, err := d.find(volumes, source)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	made := &record{Size: volume.Size, Source: source, Created: now, Ready: now.Add(delay)}
	return made, d.create(snapshots, id, made, func(disk string) error { return copyDisk(d.disk(volumes, source), disk) })
}

func (d *driver) DeleteSnapshot(_ context.Context, request *csi.DeleteSnapshotRequest) (*csi.DeleteSnapshotResponse, error) {
	return &csi.DeleteSnapshotResponse{}, d.remove(snapshots, request.GetSnapshotId())
}

func (d *driver) ListSnapshots(_ context.Context, request *csi.ListSnapshotsRequest) (*csi.ListSnapshotsResponse, error) {
	all, err := d.findAll(snapshots)
	if err != nil {
		return nil, err
	}
	ids := []string{}
	for id, snapshot := range all {
		if (request.GetSnapshotId() == "" || request.GetSnapshotId() == id) && (request.GetSourceVolumeId() == "" || request.GetSourceVolumeId() == snapshot.Source) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	first := 0
	if token := request.GetStartingToken(); token != "" {
		// A token is the place where the next page begins.
		if first, err = strconv.Atoi(token); err != nil || first < 0 || first > len(ids) {
			return nil, status.Errorf(codes.Aborted, "no page begins at %q", token)
		}
	}
	response := &csi.ListSnapshotsResponse{}
	ids = ids[first:]
	if most := int(request.GetMaxEntries()); most > 0 && most < len(ids) {
		ids = ids[:most]
		response.NextToken = strconv.Itoa(first + most)
	}
	for _, id := range ids {
		response.Entries = append(response.Entries, &csi.ListSnapshotsResponse_Entry{Snapshot: described(id, all[id])})
	}
	return response, nil
}

func described(id string, snapshot *record) *csi.Snapshot {
	return &csi.Snapshot{
		SnapshotId: id, SourceVolumeId: snapshot.Source, SizeBytes: snapshot.Size,
		CreationTime: timestamppb.New(snapshot.Created), ReadyToUse: !time.Now().Before(snapshot.Ready),
	}
}

// takeFrom fails if a pool has no room for so many bytes.
func (d *driver) takeFrom(pool string, size int64) error {
	free, err := d.free(pool)
	if err != nil {
		return err
	}
	if size > free {
		return status.Errorf(codes.ResourceExhausted, "pool %s is full: %d MiB are free, %d MiB are asked for", pool, free/mebibyte, size/mebibyte)
	}
	return nil
}

func (d *driver) poolOf(parameters map[string]string) (string, error) {
	pool, named := parameters[poolParameter]
	if !named {
		pool = d.defaultPool
	}
	if _, known := d.pools[pool]; !known {
		return "", status.Errorf(codes.InvalidArgument, "%s: there is no pool %q", poolParameter, pool)
	}
	return pool, nil
}

func (d *driver) topology() *csi.Topology {
	return &csi.Topology{Segments: map[string]string{zoneKey: d.zone}}
}

// isHere tells whether a topology includes this node.
func (d *driver) isHere(topology *csi.Topology) bool {
	zone, named := topology.GetSegments()[zoneKey]
	return !named || zone == d.zone
}

func checkCapabilities(capabilities []*csi.VolumeCapability) error {
	if len(capabilities) == 0 {
		return status.Error(codes.InvalidArgument, "no capability")
	}
	for _, capability := range capabilities {
		if capability.GetBlock() == nil && capability.GetMount() == nil {
			return status.Error(codes.InvalidArgument, "neither a block device nor a file system")
		}
		if kind := capability.GetMount().GetFsType(); kind != "" && kind != "xfs" {
			return status.Errorf(codes.InvalidArgument, "the file system is xfs, not %s", kind)
		}
		switch mode := capability.GetAccessMode().GetMode(); mode {
		case csi.VolumeCapability_AccessMode_SINGLE_NODE_WRITER,
			csi.VolumeCapability_AccessMode_SINGLE_NODE_READER_ONLY,
			csi.VolumeCapability_AccessMode_SINGLE_NODE_SINGLE_WRITER,
			csi.VolumeCapability_AccessMode_SINGLE_NODE_MULTI_WRITER:
		default:
			return status.Errorf(codes.InvalidArgument, "volumes are for one node, not %v", mode)
		}
	}
	return nil
}

// sizeOf is a whole number of MiB that is in the range.
func sizeOf(wanted *csi.CapacityRange) (int64, error) {
	size := wanted.GetRequiredBytes()
	if size < 0 || wanted.GetLimitBytes() < 0 {
		return 0, status.Error(codes.InvalidArgument, "a size below 0")
	}
	if size == 0 {
		size = min(defaultSize, limitOf(wanted))
	}
	size = max(minimumSize, (size+mebibyte-1)/mebibyte*mebibyte)
	if size > limitOf(wanted) {
		return 0, status.Errorf(codes.OutOfRange, "at least %d bytes are needed", size)
	}
	return size, nil
}

func limitOf(wanted *csi.CapacityRange) int64 {
	if limit := wanted.GetLimitBytes(); limit != 0 {
		return limit
	}
	return 1<<63 - 1
}
