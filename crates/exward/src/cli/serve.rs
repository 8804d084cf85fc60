//! `exward serve`: pages and API.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use exward_reach::outbound::OutboundRules;
use exward_store::StoreUrl;

use super::Clock;
use crate::error::CommandError;
use crate::probing::ProbingArgs;
use crate::serve::{Serving, run as serve};
use crate::work::Current;

/// Serve the pages and the API, until Ctrl-C
///
/// The first start prints a link with which the first admin is made. Without a certificate it listens on loopback
/// only. docs/serve.md says more.
#[derive(Args, Debug)]
pub(crate) struct ServeArgs {
    /// The store: a file, or postgres://USER@HOST/DATABASE
    #[arg(long, value_name = "STORE", default_value = "exward.db")]
    store: StoreUrl,
    /// Listen on this address and port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7878")]
    listen: SocketAddr,
    /// The certificate, then those that it was issued by (PEM)
    #[arg(long, value_name = "FILE", requires = "key")]
    cert: Option<PathBuf>,
    /// The private key of the certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,
    /// Answer to this name as well, next to localhost and the names of the certificate
    #[arg(long = "name", value_name = "NAME")]
    names: Vec<String>,
    /// Read every file that is dropped into this folder, or into a folder of a tenant's name in it
    #[arg(long, value_name = "DIR")]
    watch: Option<PathBuf>,
    /// Remember observations for so many days (default: for good); the newest of each server is always kept
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..))]
    keep_days: Option<u16>,
    /// Webhooks may also be in this private or loopback network (may be repeated)
    #[arg(long = "webhooks-may-reach", value_name = "CIDR")]
    hooks_may_reach: Vec<String>,
    /// Webhooks may be at http:// as well: whoever listens on the way reads and changes what is told
    #[arg(long = "webhooks-plain")]
    hooks_plain: bool,
    /// Sign whoever follows the first link in as an admin: for made-up estates only
    #[arg(long, hide = true, conflicts_with = "cert")]
    demo: bool,
    #[command(flatten)]
    probing: ProbingArgs,
}

/// Serves. The exit code is 0 after a clean end.
pub(super) fn run(catalog: Current, clock: Clock, args: ServeArgs) -> Result<u8, CommandError> {
    let network = |text: &String| text.parse().map_err(|_| no_network(text));
    let allow = args.hooks_may_reach.iter().map(network).collect::<Result<_, _>>()?;
    let serving = Serving {
        store: args.store,
        listen: args.listen,
        identity: args.cert.zip(args.key),
        names: args.names,
        catalog,
        probing: Arc::new(args.probing),
        folder: args.watch,
        keep_days: args.keep_days,
        demo: args.demo,
        hooks: OutboundRules {
            allow,
            allow_plain: args.hooks_plain,
            user_agent: concat!("exward/", env!("CARGO_PKG_VERSION")).to_owned(),
            ..OutboundRules::default()
        },
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|source| CommandError::Runtime { source })?;
    runtime.block_on(serve(serving, clock))?;
    Ok(0)
}

fn no_network(text: &str) -> CommandError {
    CommandError::Usage {
        what: format!("`{}` is no network", crate::plain::line(text)),
        help: "--webhooks-may-reach takes an address and the bits of its network: 10.20.0.0/16"
            .into(),
    }
}
