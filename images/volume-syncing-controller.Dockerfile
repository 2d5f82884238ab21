# The image of volume-syncing-controller for those who build with a container engine: what `cargo xtask image` makes without one.
#
#     docker build -f images/volume-syncing-controller.Dockerfile -t volume-syncing-controller .

# The toolchain and rclone are those that rust-toolchain.toml and the tests pin; a test compares them.
FROM rust:1.95.0-alpine AS build
RUN apk add --no-cache build-base
WORKDIR /podfs
COPY . .
# Alpine's C library is linked statically, so the program runs where there is none.
RUN cargo build --release --locked --package volume-syncing-controller
RUN install -D target/release/volume-syncing-controller /image/usr/bin/volume-syncing-controller \
    && install -d -m 1777 /image/tmp

FROM rclone/rclone:1.75.2 AS rclone

# No shell, no package manager, not root.
FROM scratch
COPY --from=build /image/ /
COPY --from=rclone /usr/local/bin/rclone /usr/bin/rclone
COPY --from=rclone /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
USER 65532:65532
ENTRYPOINT ["/usr/bin/volume-syncing-controller"]
