# The image of vcluster-fs-syncer for those who build with a container engine: what `cargo xtask image` makes without one.
#
#     docker build -f images/vcluster-fs-syncer.Dockerfile -t vcluster-fs-syncer .

# The toolchain is the one that rust-toolchain.toml pins; a test compares them.
FROM rust:1.95.0-alpine AS build
RUN apk add --no-cache build-base
WORKDIR /podfs
COPY . .
# Alpine's C library is linked statically, so the program runs where there is none.
RUN cargo build --release --locked --package vcluster-fs-syncer
RUN install -D target/release/vcluster-fs-syncer /image/usr/bin/vcluster-fs-syncer

# No shell, no package manager. Mounting takes root.
FROM scratch
COPY --from=build /image/ /
ENTRYPOINT ["/usr/bin/vcluster-fs-syncer"]
