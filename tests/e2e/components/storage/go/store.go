package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// The directories of the state. Each disk has one of its own there, with its bytes and what is known about it.
const (
	volumes   = "volumes"
	snapshots = "snapshots"
)

// record is what is known about a volume or a snapshot.
type record struct {
	Size int64
	// Pool and Block are of volumes.
	Pool  string
	Block bool
	// Source is the kind and the id of what a volume started from, or the id of the volume of a snapshot.
	Source string
	// Created and Ready are of snapshots.
	Created, Ready time.Time
}

// ids are names of files, never paths.
var idPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`)

func (d *driver) folder(kind, id string) string { return filepath.Join(d.state, kind, id) }

// disk is the file with the bytes.
func (d *driver) disk(kind, id string) string { return filepath.Join(d.folder(kind, id), "disk") }

// find reads the record of a volume or a snapshot; NotFound if there is none.
func (d *driver) find(kind, id string) (*record, error) {
	if id == "" {
		return nil, status.Errorf(codes.InvalidArgument, "no id of one of the %s", kind)
	}
	if !idPattern.MatchString(id) {
		return nil, status.Errorf(codes.NotFound, "none of the %s has the id %q", kind, id)
	}
	text, err := os.ReadFile(filepath.Join(d.folder(kind, id), "record.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, status.Errorf(codes.NotFound, "none of the %s has the id %q", kind, id)
	}
	if err != nil {
		return nil, err
	}
	found := &record{}
	return found, json.Unmarshal(text, found)
}

// findAll reads the records of all volumes or snapshots, by their ids.
func (d *driver) findAll(kind string) (map[string]*record, error) {
	entries, err := os.ReadDir(filepath.Join(d.state, kind))
	if err != nil {
		return nil, err
	}
	found := map[string]*record{}
	for _, entry := range entries {
		if !idPattern.MatchString(entry.Name()) {
			continue // half made
		}
		if found[entry.Name()], err = d.find(kind, entry.Name()); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// create makes a volume or a snapshot, whole or not at all: fill writes the bytes.
func (d *driver) create(kind, id string, made *record, fill func(disk string) error) error {
	part := d.folder(kind, "."+id)
	defer os.RemoveAll(part)
	if err := os.RemoveAll(part); err != nil {
		return err
	}
	if err := os.Mkdir(part, 0o700); err != nil {
		return err
	}
	if err := fill(filepath.Join(part, "disk")); err != nil {
		return err
	}
	if err := writeRecord(part, made); err != nil {
		return err
	}
	return os.Rename(part, d.folder(kind, id))
}

// update replaces a record.
func (d *driver) update(kind, id string, changed *record) error {
	return writeRecord(d.folder(kind, id), changed)
}

func writeRecord(folder string, made *record) error {
	text, err := json.Marshal(made)
	if err != nil {
		return err
	}
	file := filepath.Join(folder, "record.json")
	if err := os.WriteFile(file+".part", text, 0o600); err != nil {
		return err
	}
	return os.Rename(file+".part", file)
}

// remove deletes a volume or a snapshot; it is no error if there is none.
func (d *driver) remove(kind, id string) error {
	_, err := d.find(kind, id)
	if status.Code(err) == codes.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	// A folder without a record would be a disk that nobody can find.
	gone := d.folder(kind, "."+id)
	if err := os.Rename(d.folder(kind, id), gone); err != nil {
		return err
	}
	return os.RemoveAll(gone)
}

// free is what is left of a pool: volumes take what they are promised, not what they have written.
func (d *driver) free(pool string) (int64, error) {
	all, err := d.findAll(volumes)
	if err != nil {
		return 0, err
	}
	left := d.pools[pool]
	for _, volume := range all {
		if volume.Pool == pool {
			left -= volume.Size
		}
	}
	return max(left, 0), nil
}
