package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"k8s.io/mount-utils"
)

var mounter = mount.NewWithoutSystemd("")

// makeDisk makes a sparse file.
func makeDisk(disk string, size int64) error {
	file, err := os.OpenFile(disk, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	return file.Truncate(size)
}

// makeFileSystem takes XFS, since ext4 needs more rights to grow while it is mounted. mkfs.xfs makes small ones only when it is told so.
func makeFileSystem(disk string) error { return run("mkfs.xfs", "--unsupported", "-q", disk) }

// copyDisk copies a disk at one moment: while it is mounted, writes wait until the copy is made.
func copyDisk(from, to string) (err error) {
	places, err := mountPoints(from)
	if err != nil {
		return err
	}
	if len(places) > 0 {
		if err := run("fsfreeze", "--freeze", places[0]); err != nil {
			return err
		}
		defer func() {
			if thawed := run("fsfreeze", "--unfreeze", places[0]); err == nil {
				err = thawed
			}
		}()
	} else if device, err := loopDevice(from); err != nil {
		return err
	} else if device != "" {
		if err := run("blockdev", "--flushbufs", device); err != nil {
			return err
		}
	}
	return run("cp", "--sparse=always", "--reflink=auto", from, to)
}

// mountDisk mounts a file system, and lets it have the whole disk: that of a copy may be smaller. Copies have the uuid of their source.
func mountDisk(disk, target string) error {
	if err := os.MkdirAll(target, 0o750); err != nil {
		return err
	}
	if there, err := mounter.IsMountPoint(target); err != nil || there {
		return err
	}
	// The loop device goes with the last mount.
	if err := mounter.Mount(disk, target, "xfs", []string{"loop", "nouuid"}); err != nil {
		return err
	}
	if err := run("xfs_growfs", target); err != nil {
		return fmt.Errorf("%w; unmounted again: %v", err, unmount(target))
	}
	return nil
}

// grow lets the loop device, and the file system on it, have all of a disk that has grown.
func grow(disk string, block bool) error {
	device, err := loopDevice(disk)
	if err != nil || device == "" {
		return err
	}
	if err := run("losetup", "--set-capacity", device); err != nil || block {
		return err
	}
	places, err := mountPoints(disk)
	if err != nil || len(places) == 0 {
		return err
	}
	return run("xfs_growfs", places[0])
}

// bind shows a directory or a device at another path.
func bind(from, to string, directory, readonly bool) error {
	if directory {
		if err := os.MkdirAll(to, 0o750); err != nil {
			return err
		}
	} else if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
		return err
	} else if file, err := os.OpenFile(to, os.O_CREATE, 0o600); err != nil {
		return err
	} else {
		file.Close()
	}
	if there, err := mounter.IsMountPoint(to); err != nil || there {
		return err
	}
	options := []string{"bind"}
	if readonly {
		options = append(options, "ro")
	}
	return mounter.Mount(from, to, "", options)
}

// unmount is done when nothing is mounted there.
func unmount(target string) error {
	for {
		there, err := mounter.IsMountPoint(target)
		if os.IsNotExist(err) || (err == nil && !there) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := mounter.Unmount(target); err != nil {
			return err
		}
	}
}

// mountPoints are the paths where a disk is mounted; none for a block volume.
func mountPoints(disk string) ([]string, error) {
	device, err := loopDevice(disk)
	if err != nil || device == "" {
		return nil, err
	}
	all, err := mounter.List()
	if err != nil {
		return nil, err
	}
	places := []string{}
	for _, one := range all {
		if one.Device == device {
			places = append(places, one.Path)
		}
	}
	return places, nil
}

// loopDevice is the device of a disk; empty if it has none.
func loopDevice(disk string) (string, error) {
	files, err := filepath.Glob("/sys/block/loop*/loop/backing_file")
	if err != nil {
		return "", err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // detached in this moment
		}
		if strings.TrimSpace(string(text)) == disk {
			return "/dev/" + strings.Split(file, "/")[3], nil
		}
	}
	return "", nil
}

// attach gives a disk a loop device, if it has none.
func attach(disk string) (string, error) {
	if device, err := loopDevice(disk); err != nil || device != "" {
		return device, err
	}
	output, err := exec.Command("losetup", "--find", "--show", disk).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("losetup: %w: %s", err, output)
	}
	return strings.TrimSpace(string(output)), nil
}

// detach takes the loop device from a disk, if it has one.
func detach(disk string) error {
	device, err := loopDevice(disk)
	if err != nil || device == "" {
		return err
	}
	return run("losetup", "--detach", device)
}

func run(program string, arguments ...string) error {
	if output, err := exec.Command(program, arguments...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", program, err, strings.TrimSpace(string(output)))
	}
	return nil
}
