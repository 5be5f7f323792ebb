# Thin on purpose: what happens is in `cargo xtask help` and `gatekey help`.

.PHONY: run dev test lint bench

# Initialises ./gatekey-data on first start, then serves on 127.0.0.1:4599.
run:
	cargo run --profile quick --package gatekey -- serve

# A throw-away server with two accounts.
dev:
	cargo run --profile quick --package gatekey -- dev --accounts 111122223333,444455556666 --credentials ./credentials

test:
	cargo xtask test

lint:
	cargo xtask lint

bench:
	cargo xtask bench
