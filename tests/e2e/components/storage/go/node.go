package main

import (
	"context"
	"os"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func (d *driver) NodeGetCapabilities(context.Context, *csi.NodeGetCapabilitiesRequest) (*csi.NodeGetCapabilitiesResponse, error) {
	response := &csi.NodeGetCapabilitiesResponse{}
	for _, capability := range []csi.NodeServiceCapability_RPC_Type{
		csi.NodeServiceCapability_RPC_STAGE_UNSTAGE_VOLUME,
		csi.NodeServiceCapability_RPC_EXPAND_VOLUME,
		csi.NodeServiceCapability_RPC_GET_VOLUME_STATS,
		csi.NodeServiceCapability_RPC_SINGLE_NODE_MULTI_WRITER,
	} {
		response.Capabilities = append(response.Capabilities, &csi.NodeServiceCapability{
			Type: &csi.NodeServiceCapability_Rpc{Rpc: &csi.NodeServiceCapability_RPC{Type: capability}},
		})
	}
	return response, nil
}

func (d *driver) NodeGetInfo(context.Context, *csi.NodeGetInfoRequest) (*csi.NodeGetInfoResponse, error) {
	return &csi.NodeGetInfoResponse{NodeId: d.node, AccessibleTopology: d.topology()}, nil
}

// NodeStageVolume mounts the file system, or gives a block volume its loop device.
func (d *driver) NodeStageVolume(_ context.Context, request *csi.NodeStageVolumeRequest) (*csi.NodeStageVolumeResponse, error) {
	if err := checkNodeRequest(request.GetVolumeId(), request.GetStagingTargetPath(), request.GetVolumeCapability()); err != nil {
		return nil, err
	}
	if _, err := d.find(volumes, request.GetVolumeId()); err != nil {
		return nil, err
	}
	disk := d.disk(volumes, request.GetVolumeId())
	if request.GetVolumeCapability().GetBlock() != nil {
		_, err := attach(disk)
		return &csi.NodeStageVolumeResponse{}, err
	}
	return &csi.NodeStageVolumeResponse{}, mountDisk(disk, request.GetStagingTargetPath())
}

func (d *driver) NodeUnstageVolume(_ context.Context, request *csi.NodeUnstageVolumeRequest) (*csi.NodeUnstageVolumeResponse, error) {
	if request.GetVolumeId() == "" || request.GetStagingTargetPath() == "" {
		return nil, status.Error(codes.InvalidArgument, "no id or no path")
	}
	if err := unmount(request.GetStagingTargetPath()); err != nil {
		return nil, err
	}
	return &csi.NodeUnstageVolumeResponse{}, detach(d.disk(volumes, request.GetVolumeId()))
}

// NodePublishVolume shows the file system, or the device, at the path of a Pod.
func (d *driver) NodePublishVolume(_ context.Context, request *csi.NodePublishVolumeRequest) (*csi.NodePublishVolumeResponse, error) {
	target, staged := request.GetTargetPath(), request.GetStagingTargetPath()
	if err := checkNodeRequest(request.GetVolumeId(), target, request.GetVolumeCapability()); err != nil {
		return nil, err
	}
	if staged == "" {
		return nil, status.Error(codes.InvalidArgument, "no staging path")
	}
	if _, err := d.find(volumes, request.GetVolumeId()); err != nil {
		return nil, err
	}
	if request.GetVolumeCapability().GetBlock() != nil {
		device, err := attach(d.disk(volumes, request.GetVolumeId()))
		if err != nil {
			return nil, err
		}
		return &csi.NodePublishVolumeResponse{}, bind(device, target, false, request.GetReadonly())
	}
	places, err := mountPoints(d.disk(volumes, request.GetVolumeId()))
	if err != nil {
		return nil, err
	}
	if request.GetVolumeCapability().GetAccessMode().GetMode() == csi.VolumeCapability_AccessMode_SINGLE_NODE_SINGLE_WRITER {
		for _, place := range places {
			if place != staged && place != target {
				return nil, status.Errorf(codes.FailedPrecondition, "volume %s is for one Pod, and is mounted at %s", request.GetVolumeId(), place)
			}
		}
	}
	return &csi.NodePublishVolumeResponse{}, bind(staged, target, true, request.GetReadonly())
}

func (d *driver) NodeUnpublishVolume(_ context.Context, request *csi.NodeUnpublishVolumeRequest) (*csi.NodeUnpublishVolumeResponse, error) {
	if request.GetVolumeId() == "" || request.GetTargetPath() == "" {
		return nil, status.Error(codes.InvalidArgument, "no id or no path")
	}
	if err := unmount(request.GetTargetPath()); err != nil {
		return nil, err
	}
	// Only the place of the mount: what is in it must never be deleted.
	if err := os.Remove(request.GetTargetPath()); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	return &csi.NodeUnpublishVolumeResponse{}, nil
}

func (d *driver) NodeExpandVolume(_ context.Context, request *csi.NodeExpandVolumeRequest) (*csi.NodeExpandVolumeResponse, error) {
	volume, err := d.findAt(request.GetVolumeId(), request.GetVolumePath())
	if err != nil {
		return nil, err
	}
	return &csi.NodeExpandVolumeResponse{CapacityBytes: volume.Size}, grow(d.disk(volumes, request.GetVolumeId()), volume.Block)
}

func (d *driver) NodeGetVolumeStats(_ context.Context, request *csi.NodeGetVolumeStatsRequest) (*csi.NodeGetVolumeStatsResponse, error) {
	volume, err := d.findAt(request.GetVolumeId(), request.GetVolumePath())
	if err != nil {
		return nil, err
	}
	if volume.Block {
		return &csi.NodeGetVolumeStatsResponse{Usage: []*csi.VolumeUsage{{Unit: csi.VolumeUsage_BYTES, Total: volume.Size}}}, nil
	}
	var found unix.Statfs_t
	if err := unix.Statfs(request.GetVolumePath(), &found); err != nil {
		return nil, err
	}
	return &csi.NodeGetVolumeStatsResponse{Usage: []*csi.VolumeUsage{
		{
			Unit:      csi.VolumeUsage_BYTES,
			Total:     int64(found.Blocks) * found.Bsize,
			Available: int64(found.Bavail) * found.Bsize,
			Used:      int64(found.Blocks-found.Bfree) * found.Bsize,
		},
		{Unit: csi.VolumeUsage_INODES, Total: int64(found.Files), Available: int64(found.Ffree), Used: int64(found.Files - found.Ffree)},
	}}, nil
}

// findAt gives a volume that is mounted at a path.
func (d *driver) findAt(id, path string) (*record, error) {
	if path == "" {
		return nil, status.Error(codes.InvalidArgument, "no path")
	}
	volume, err := d.find(volumes, id)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); err != nil {
		return nil, status.Error(codes.NotFound, err.Error())
	}
	return volume, nil
}

func checkNodeRequest(id, path string, capability *csi.VolumeCapability) error {
	if id == "" || path == "" || capability == nil {
		return status.Error(codes.InvalidArgument, "no id, no path or no capability")
	}
	return checkCapabilities([]*csi.VolumeCapability{capability})
}
