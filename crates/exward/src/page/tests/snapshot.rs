//! One small page, whole.

use askama::Template;

use super::sample;
use crate::page::sign_in::SignIn;

#[test]
fn a_small_page() {
    let page =
        SignIn { frame: sample::outside(), name: "kim".to_owned(), failure: Some("No.".into()) };
    insta::assert_snapshot!(page.render().unwrap(), @r##"
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Sign in · exward</title>
    <link rel="stylesheet" href="/assets/exward.css">
    <script src="/assets/live.js" defer></script>
    </head>
    <body>
    <a class="skip" href="#main">Skip to the content</a>
    <header class="top">
    <div class="bar">
    <a class="brand" href="/">exward</a>

    <span class="tlp">TLP:AMBER</span>

    </div>

    </header>


    <main id="main" tabindex="-1">


    <div class="door"><h1>Sign in</h1>
    <p class="flash bad" role="alert">No.</p>
    <form method="post" action="/sign-in"><input type="hidden" name="form_key" value="k3y0fth1s5e5510n">
    <div class="field"><label for="name">Name</label><input id="name" name="name" value="kim" required maxlength="100" autocomplete="username" autocapitalize="none" spellcheck="false"></div>
    <div class="field"><label for="password">Password</label><input id="password" name="password" type="password" required autocomplete="current-password"></div>
    <button class="big">Sign in</button></form></div>

    </main>
    <footer class="foot"><span class="tlp">TLP:AMBER</span><span class="soft">Catalog as of 2026-08-12 · times are UTC</span></footer>
    </body>
    </html>
    "##);
}
