package core_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The packages that decide and do nothing, and what each may import of ours.
var pure = map[string][]string{
	"topology":        nil,
	"igmp":            nil,
	"openflow":        nil,
	"flows":           {"crosspoint/topology", "crosspoint/openflow"},
	"controller/core": {"crosspoint/topology", "crosspoint/openflow", "crosspoint/flows", "crosspoint/igmp"},
}

// Imports that bring clocks, chance, goroutines or the outside world.
var worldly = []string{
	"os", "net/http", "io/fs", "syscall", "sync", "sync/atomic", "context", "log", "log/slog", "math/rand", "math/rand/v2",
	"crypto/rand", "runtime", "unsafe", "reflect", "github.com/sirupsen/logrus",
}

// Functions of package time that look at the clock.
var clocks = []string{"Now", "Since", "Until", "After", "AfterFunc", "Sleep", "Tick", "NewTimer", "NewTicker"}

const root = "../.."

// TestPureCore walks imports and syntax: no goroutine, lock, channel, clock, chance, logging or I/O in the packages that decide.
func TestPureCore(t *testing.T) {
	for dir, mayImport := range pure {
		t.Run(dir, func(t *testing.T) {
			for path, file := range parseDir(t, filepath.Join(root, dir)) {
				for _, imp := range importsOf(file) {
					assert.NotContains(t, worldly, imp, "%s", path)
					if strings.HasPrefix(imp, "crosspoint/") {
						assert.Contains(t, mayImport, imp, "%s imports against the direction", path)
					}
				}
				ast.Inspect(file, func(n ast.Node) bool {
					switch n := n.(type) {
					case *ast.GoStmt:
						assert.Fail(t, "a goroutine", "%s", path)
					case *ast.ChanType, *ast.SendStmt, *ast.SelectStmt:
						assert.Fail(t, "a channel", "%s", path)
					case *ast.SelectorExpr:
						pkg, ok := n.X.(*ast.Ident)
						if ok && pkg.Name == "time" {
							assert.NotContains(t, clocks, n.Sel.Name, "%s looks at the clock", path)
						}
						if ok && pkg.Name == "net" {
							assert.Equal(t, "ParseMAC", n.Sel.Name, "%s: of package net only this function is pure", path)
						}
					case *ast.FuncDecl:
						assert.False(t, n.Recv == nil && n.Name.Name == "init", "%s has init()", path)
					}
					return true
				})
			}
		})
	}
}

// TestOnlyTheLabImportsTheTestbed keeps what is for tests out of what runs.
func TestOnlyTheLabImportsTheTestbed(t *testing.T) {
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		rel, err := filepath.Rel(root, path)
		require.NoError(t, err)
		name := filepath.Base(rel)
		if strings.HasPrefix(rel, "testbed/") || strings.HasPrefix(rel, "cmd/crosspoint/") && (strings.HasPrefix(name, "lab") || name == "agent.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		require.NoError(t, err)
		for _, imp := range importsOf(file) {
			assert.False(t, strings.HasPrefix(imp, "crosspoint/testbed"), "%s imports %s", rel, imp)
		}
		return nil
	})
	require.NoError(t, err)
}

func parseDir(t *testing.T, dir string) map[string]*ast.File {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	out := map[string]*ast.File{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		require.NoError(t, err)
		out[path] = file
	}
	return out
}

func importsOf(file *ast.File) []string {
	var out []string
	for _, i := range file.Imports {
		path, err := strconv.Unquote(i.Path.Value)
		if err == nil {
			out = append(out, path)
		}
	}
	slices.Sort(out)
	return out
}
