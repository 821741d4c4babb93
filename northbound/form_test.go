package northbound

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestParseRefuses(t *testing.T) {
	tests := map[string]string{
		"":                           "empty",
		" \n ":                       "empty",
		"{":                          "not JSON: line 1, column 1",
		"{\n\"a\": 1,\n}":            "line 3, column 1",
		`{"a":1}x`:                   "line 1, column 8",
		`{"a":1}{"b":2}`:             "line 1, column 8",
		`{"a":1,"a":2}`:              `the name "a" is there twice`,
		`{"b":[{"a":1,"\u0061":2}]}`: `the name "a" is there twice`,
		"{\"a\":\n\"\xc3\"}":         "line 2, column 2: not UTF-8",
		`{'a':1}`:                    "line 1, column 2",
		`{"a":01}`:                   "not JSON",
		`{"a":NaN}`:                  "not JSON",
		strings.Repeat("[", 40):      "not JSON",
		deep(maxDepth + 2):           "nested deeper than 32",
		"[" + strings.Repeat("0,", maxValues) + "0]": "more than 131072 values",
	}
	for text, want := range tests {
		_, err := ParseValue([]byte(text))
		var problem *Problem
		if assert.ErrorAs(t, err, &problem, "%.40s", text) {
			assert.Equal(t, http.StatusBadRequest, problem.Code)
			assert.Contains(t, problem.Message, want, "%.40s", text)
		}
	}
	_, err := ParseValue([]byte(deep(maxDepth)))
	assert.NoError(t, err)
}

func deep(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

// person is what the form tests read.
type person struct {
	name  string
	adult bool
	likes []string
	pet   *string
}

func readPerson(f *Form) person {
	return person{
		name:  Required(f, "name", Value.Text),
		adult: Required(f, "adult", Value.Bool),
		likes: Required(f, "likes", func(v Value) ([]string, error) { return Each(v, 3, Value.Text) }),
		pet: Optional(f, "pet", func(v Value) (string, error) {
			pet, err := v.Form()
			if err != nil {
				return "", err
			}
			return Required(pet, "name", Value.Text), pet.Err()
		}),
	}
}

func TestForm(t *testing.T) {
	tests := map[string]string{
		`{"name":"A","adult":true,"likes":[]}`:                               "",
		`{"name":"A","adult":true,"likes":["x"],"pet":{"name":"B"},"age":3}`: "",
		`{}`:                                   "name: is missing; adult: is missing; likes: is missing",
		`{"name":1,"adult":"true","likes":{}}`: `name: want a string, not the number 1; adult: want true or false, not the string "true"; likes: want an array, not an object`,
		`{"name":null,"adult":null,"likes":null}`:                    "name: want a string, not null; adult: want true or false, not null; likes: want an array, not null",
		`{"name":"A","adult":false,"likes":["a",true,[]]}`:           "likes[1]: want a string, not true; likes[2]: want a string, not an array",
		`{"name":"A","adult":false,"likes":["a","b","c","d"]}`:       "likes: has 4 items: at most 3 are taken",
		`{"name":"A","adult":false,"likes":[],"pet":{}}`:             "pet.name: is missing",
		`{"name":"A","adult":false,"likes":[],"pet":null}`:           "pet: want an object, not null",
		`{"name":"A","adult":false,"likes":[],"pet":{"name":false}}`: "pet.name: want a string, not false",
	}
	for text, want := range tests {
		value, err := ParseValue([]byte(text))
		require.NoError(t, err)
		form, err := value.Form()
		require.NoError(t, err)
		readPerson(form)
		if want == "" {
			assert.NoError(t, form.Err(), text)
			continue
		}
		assert.EqualError(t, form.Err(), want, text)
	}
}

func TestFormOthers(t *testing.T) {
	value, err := ParseValue([]byte(`{"z":1,"name":"A","b":2}`))
	require.NoError(t, err)
	form, err := value.Form()
	require.NoError(t, err)
	Required(form, "name", Value.Text)
	Optional(form, "pet", Value.Text)
	assert.Equal(t, []string{"name", "pet"}, form.Asked())
	assert.Equal(t, []string{"b", "z"}, form.Others())
	assert.NoError(t, form.Err())
	for i := range 20 {
		form.Fault(fmt.Sprint("f", i), "is %s", strings.Repeat("no ", 3))
	}
	assert.True(t, strings.HasSuffix(form.Err().Error(), "f7: is no no no ; and more"))
	assert.ErrorContains(t, form.Err(), "f0: is no no no ;")
}

func TestEachStopsEarly(t *testing.T) {
	value, err := ParseValue([]byte("[" + strings.Repeat("0,", 10000) + "0]"))
	require.NoError(t, err)
	calls := 0
	_, err = Each(value, 20000, func(Value) (int, error) { calls++; return 0, errors.New("no") })
	assert.Error(t, err)
	assert.Less(t, calls, 20)
}

// TestParseAgrees holds the tree against encoding/json's, for anything that encoding/json can write.
func TestParseAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, err := json.Marshal(anyJSON(t, 4))
		require.NoError(t, err)
		value, err := ParseValue(text)
		require.NoError(t, err)
		var want any
		decoder := json.NewDecoder(strings.NewReader(string(text)))
		decoder.UseNumber()
		require.NoError(t, decoder.Decode(&want))
		assert.Equal(t, want, plain(value.node))
	})
}

func anyJSON(t *rapid.T, depth int) any {
	switch kind := rapid.IntRange(0, 5).Draw(t, "kind"); {
	case kind == 0:
		return nil
	case kind == 1:
		return rapid.Bool().Draw(t, "bool")
	case kind == 2:
		return rapid.Float64().Filter(func(f float64) bool { return f-f == 0 }).Draw(t, "number")
	case kind == 3 || depth == 0:
		return rapid.String().Draw(t, "text")
	case kind == 4:
		items := make([]any, rapid.IntRange(0, 3).Draw(t, "items"))
		for i := range items {
			items[i] = anyJSON(t, depth-1)
		}
		return items
	default:
		members := make(map[string]any)
		for range rapid.IntRange(0, 3).Draw(t, "members") {
			members[rapid.String().Draw(t, "name")] = anyJSON(t, depth-1)
		}
		return members
	}
}

// plain gives a tree as encoding/json would.
func plain(n node) any {
	switch n.kind {
	case kindBool:
		return n.text == "true"
	case kindNumber:
		return json.Number(n.text)
	case kindText:
		return n.text
	case kindArray:
		items := make([]any, 0, len(n.items))
		for _, item := range n.items {
			items = append(items, plain(item))
		}
		return items
	case kindObject:
		members := make(map[string]any)
		for name, member := range n.members {
			members[name] = plain(member)
		}
		return members
	default:
		return nil
	}
}

// FuzzParseValue: what is taken is JSON, and what is refused is refused with a problem.
func FuzzParseValue(f *testing.F) {
	for _, text := range []string{`{"a":[1,true,null,"x"]}`, `{"a":1,"a":2}`, "[", "\xff", `"\ud800"`, "1e999", deep(40), `{"":{}}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		_, err := ParseValue(text)
		var problem *Problem
		switch {
		case err == nil:
			assert.True(t, json.Valid(text))
		case assert.ErrorAs(t, err, &problem):
			assert.Equal(t, http.StatusBadRequest, problem.Code)
		}
	})
}
