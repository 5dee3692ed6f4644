// Command ferretdb serves the MongoDB wire protocol on one TCP port over SQLite files in one folder.
//
// A stand-in for MongoDB in tests and trials on a machine without one; not for production.
// It reports nothing to anybody: the embedded FerretDB has no telemetry.
package main

import (
	"context"
	"flag"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:27017", "address and port to listen on")
	data := flag.String("data", "", "existing folder for the SQLite files")
	flag.String("stack", "", "mark by which the process is recognised; has no other meaning")
	flag.Parse()

	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))

	if err := serve(*listen, *data); err != nil {
		slog.Error("cannot serve", "listen", *listen, "data", *data, "error", err)
		os.Exit(1)
	}
}

// serve returns when the process is told to end (SIGTERM, SIGINT) and all is closed.
func serve(listen, data string) error {
	// FerretDB reads the folder's name as a URI, in which "?", "%" and "#" have a meaning: name none.
	if err := os.Chdir(data); err != nil {
		return err
	}

	db, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: listen},
		Handler:   "sqlite",
		SQLiteURL: "file:./",
	})
	if err != nil {
		return err
	}

	stopped, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()

	return db.Run(stopped)
}
