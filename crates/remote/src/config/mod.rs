//! rclone.conf.
