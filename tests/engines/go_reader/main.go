// Reads tables of the catalog with Apache Iceberg's Go library, as a program beside the tests: for each line
// on standard input, which names a table (crm.accounts) and its columns, one line of JSON with its rows.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	_ "github.com/apache/iceberg-go/catalog/rest"
	_ "github.com/apache/iceberg-go/io/gocloud/s3"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/catalog"
	"github.com/apache/iceberg-go/table"
)

func main() {
	ctx := context.Background()
	opened, err := catalog.Load(ctx, "boathouse", iceberg.Properties{
		"type":       "rest",
		"uri":        os.Args[1],
		"warehouse":  os.Args[2],
		"credential": os.Args[3],
	})
	if err != nil {
		fail(err)
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		rows, err := read(ctx, opened, words[0], words[1:])
		if err != nil {
			fail(err)
		}
		text, err := json.Marshal(rows)
		if err != nil {
			fail(err)
		}
		fmt.Println(string(text))
	}
}

// The table is loaded anew each time, so that what is read is what the catalog says now.
func read(ctx context.Context, opened catalog.Catalog, name string, columns []string) ([][]string, error) {
	loaded, err := opened.LoadTable(ctx, strings.Split(name, "."))
	if err != nil {
		return nil, err
	}
	found, err := loaded.Scan(table.WithSelectedFields(columns...)).ToArrowTable(ctx)
	if err != nil {
		return nil, err
	}
	defer found.Release()
	rows := make([][]string, found.NumRows())
	for i := range rows {
		rows[i] = make([]string, len(columns))
	}
	for c, column := range columns {
		place := found.Schema().FieldIndices(column)[0]
		at := 0
		for _, chunk := range found.Column(place).Data().Chunks() {
			for i := 0; i < chunk.Len(); i++ {
				rows[at][c] = chunk.ValueStr(i)
				at++
			}
		}
	}
	return rows, nil
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
