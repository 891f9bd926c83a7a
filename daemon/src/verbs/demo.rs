//! `trueconfigd demo`: a built-in tenant, a real daemon with a real store, and a story.

use super::{DEVIATIONS, DONE, block_on, logging};
use crate::demo::{Stage, story};
use crate::output::say;
use miette::IntoDiagnostic;
use std::path::PathBuf;
use tokio::io::AsyncReadExt;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Serve the demo for a client: print `socket PATH`, run until standard input closes.
    #[arg(long, conflicts_with = "script")]
    serve: bool,
    /// Play the story without a terminal, print each step, exit 0 only if every step was seen.
    #[arg(long)]
    script: bool,
    /// Keep store, journal and request log in this folder.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> miette::Result<u8> {
    logging::start("error");
    match arguments.serve {
        true => block_on(serve(arguments)),
        false => block_on(script(arguments)),
    }
}

async fn serve(arguments: &Arguments) -> miette::Result<u8> {
    let stop = crate::signals::stop().into_diagnostic()?;
    let stage = Stage::set(arguments.keep.as_deref()).await?;
    stage.prepare().await?;
    say(format_args!("socket {}", stage.socket().display()));
    tokio::select! {
        () = stop => {}
        () = client_gone() => {}
    }
    stage.strike().await;
    Ok(DONE)
}

/// The client holds our standard input open for as long as it lives.
async fn client_gone() {
    let mut input = tokio::io::stdin();
    let mut bytes = [0; 64];
    while input.read(&mut bytes).await.is_ok_and(|read| read > 0) {}
}

async fn script(arguments: &Arguments) -> miette::Result<u8> {
    let stage = Stage::set(arguments.keep.as_deref()).await?;
    let told = story::tell(&stage).await;
    stage.strike().await;
    match told {
        Ok(()) => {
            say(format_args!("\nEvery step was seen."));
            Ok(DONE)
        }
        Err(broken) => {
            say(format_args!("\n{broken}"));
            Ok(DEVIATIONS)
        }
    }
}
