//! One small page, whole.

use askama::Template;

use super::sample;
use crate::page::layout::{Role, Section};
use crate::page::sign_in::Failure;

#[test]
fn a_small_page() {
    let page = Failure {
        frame: sample::frame(&sample::plain_text, Role::Viewer, Section::Elsewhere),
        status: 404,
        title: "There is no such page",
        help: "It may have been renamed.".into(),
        reference: String::new(),
    };
    insta::assert_snapshot!(page.render().unwrap(), @r##"
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>There is no such page · exward</title>
    <link rel="stylesheet" href="/assets/exward.css">
    <script src="/assets/live.js" defer></script>
    </head>
    <body>
    <a class="skip" href="#main">Skip to the content</a>
    <header class="top">
    <div class="bar">
    <a class="brand" href="/t/Contoso/">exward</a>
    <details class="menu tenant"><summary><span class="unseen">Tenant: </span>Contoso</summary>
    <ul><li><a href="/t/Fabrikam/">Fabrikam</a></li><li><a href="/t/Northwind%20Traders/">Northwind Traders</a></li><li><a href="/tenants">All tenants</a></li></ul></details>
    <span class="tlp">TLP:AMBER</span>
    <div class="who"><a href="/password" title="Change the password">kim</a> <span class="soft">viewer</span>
    <form method="post" action="/sign-out"><input type="hidden" name="form_key" value="k3y0fth1s5e5510n"><button class="plain">Sign out</button></form></div>
    </div>
    <nav aria-label="Pages"><ul>
    <li><a href="/t/Contoso/">Estate</a></li>
    <li><a href="/t/Contoso/hunt">Hunt</a></li>
    <li><a href="/t/Contoso/rollouts">Rollouts</a></li>
    <li><a href="/t/Contoso/campaigns">Campaigns</a></li>
    <li><a href="/t/Contoso/catalog">Catalog</a></li>
    <li><a href="/t/Contoso/activity">Activity</a></li>
    </ul></nav>
    </header>


    <main id="main" tabindex="-1">


    <div class="door"><h1>There is no such page</h1>
    <p class="lead">It may have been renamed.</p>
    <p class="soft">Answer 404</p>
    <p><a class="button" href="/t/Contoso/">To the first page</a></p></div>

    </main>
    <footer class="foot"><span class="tlp">TLP:AMBER</span><span class="soft">Catalog as of 2026-08-12 · times are UTC</span></footer>
    </body>
    </html>
    "##);
}
