// Checks Grafana dashboards by Grafana's own schema, without Grafana: dashboard FILE... It prints what is wrong, and then fails.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

func check(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var found dashboard.Dashboard
	err = found.UnmarshalJSONStrict(text)
	// The module returns its list of errors also when it is empty, and then it is no nil.
	var list cog.BuildErrors
	if err != nil && !(errors.As(err, &list) && len(list) == 0) {
		return err
	}
	return found.Validate()
}

func main() {
	// Without them, the options of panels and the fields of queries would be any.
	plugins.RegisterDefaultPlugins()
	failed := false
	for _, file := range os.Args[1:] {
		if err := check(file); err != nil {
			fmt.Printf("%s: %v\n", file, err)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}
