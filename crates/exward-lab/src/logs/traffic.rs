//! Ordinary traffic of an Exchange server, with what is often mistaken for an attack: health probes, Autodiscover
//! v2, logon pages with encoded addresses, scanners that ask for nothing but the front page.

use super::Request;
use crate::seed::Dice;

/// What is asked, with its weight.
const KINDS: [(Kind, f64); 10] = [
    (Kind::Owa, 26.0),
    (Kind::Mobile, 24.0),
    (Kind::Mapi, 20.0),
    (Kind::Ews, 12.0),
    (Kind::Rpc, 4.0),
    (Kind::Autodiscover, 4.0),
    (Kind::Health, 6.0),
    (Kind::Logon, 2.0),
    (Kind::Admin, 1.0),
    (Kind::Stranger, 1.0),
];

#[derive(Clone, Copy)]
enum Kind {
    Owa,
    Mobile,
    Mapi,
    Ews,
    Rpc,
    Autodiscover,
    Health,
    Logon,
    Admin,
    Stranger,
}

const BROWSER: &str = "Mozilla/5.0+(Windows+NT+10.0;+Win64;+x64)+AppleWebKit/537.36+(KHTML,+like+Gecko)+Chrome/142.0.0.0+Safari/537.36";
const OUTLOOK: &str = "Microsoft+Office/16.0+(Windows+NT+10.0;+Microsoft+Outlook+16.0.17928;+Pro)";
const PHONE: &str = "Apple-iPhone15C2/2201.112";

/// One request.
pub(super) fn draw(dice: &mut Dice) -> Request {
    let kind = dice.weighted(&KINDS).unwrap_or(Kind::Owa);
    let person = dice.below(4000);
    let user = format!("CONTOSO\\user{person:04}");
    let client =
        format!("10.{}.{}.{}", dice.below(40).saturating_add(30), person % 250, dice.below(250));
    let base = Request {
        method: "POST",
        stem: String::new(),
        query: "-".to_owned(),
        port: 443,
        user,
        client,
        agent: OUTLOOK,
        status: 200,
        millis: dice.below(900),
    };
    let trace = format!("&CorrelationID=<empty>;&cafeReqId={};", request_id(dice));
    match kind {
        Kind::Owa => owa(base, &trace, dice),
        Kind::Mobile => mobile(base, person, &trace, dice),
        Kind::Mapi => Request {
            stem: pick(dice, &["/mapi/emsmdb/", "/mapi/nspi/"]),
            query: format!("MailboxId={}@contoso.example{trace}", request_id(dice)),
            ..base
        },
        Kind::Ews => Request { stem: "/EWS/Exchange.asmx".to_owned(), query: trace, ..base },
        Kind::Rpc => Request {
            method: pick_static(dice, &["RPC_IN_DATA", "RPC_OUT_DATA"]),
            stem: "/rpc/rpcproxy.dll".to_owned(),
            query: format!("{}@contoso.example:6001&CorrelationID=<empty>;", request_id(dice)),
            agent: "MSRPC",
            ..base
        },
        Kind::Autodiscover => autodiscover(base, person, &trace, dice),
        Kind::Health => health(base, dice),
        Kind::Logon => logon(base, dice),
        Kind::Admin => admin(base, dice),
        Kind::Stranger => stranger(base, dice),
    }
}

fn owa(base: Request, trace: &str, dice: &mut Dice) -> Request {
    let action = pick(
        dice,
        &[
            "FindItem",
            "GetItem",
            "GetFolderMruConfiguration",
            "SubscribeToNotification",
            "GetConversationItems",
            "UpdateItem",
        ],
    );
    let query = format!("action={action}&EP=1&ID=-{}&AC=1{trace}&encoding=;", dice.below(9000));
    Request { stem: "/owa/service.svc".to_owned(), query, agent: BROWSER, ..base }
}

fn mobile(base: Request, person: usize, trace: &str, dice: &mut Dice) -> Request {
    let command = pick(dice, &["Ping", "Sync", "FolderSync", "ItemOperations"]);
    let query = format!(
        "Cmd={command}&User=user{person:04}%40contoso.example&DeviceId=APPL{:012X}&DeviceType=iPhone{trace}",
        dice.number() >> 16
    );
    Request {
        stem: "/Microsoft-Server-ActiveSync/default.eas".to_owned(),
        query,
        agent: PHONE,
        ..base
    }
}

fn autodiscover(base: Request, person: usize, trace: &str, dice: &mut Dice) -> Request {
    if dice.chance(0.5) {
        return Request {
            stem: "/autodiscover/autodiscover.xml".to_owned(),
            query: trace.to_owned(),
            ..base
        };
    }
    // Autodiscover v2: an address in a path or query is no attack.
    let stem = format!("/autodiscover/autodiscover.json/v1.0/user{person:04}@contoso.example");
    let query = format!("Protocol=AutodiscoverV1&RedirectCount=1{trace}");
    Request { method: "GET", stem, query, ..base }
}

fn health(base: Request, dice: &mut Dice) -> Request {
    let stem = pick(
        dice,
        &[
            "/powershell",
            "/owa/healthcheck.htm",
            "/ecp/exhealth.check",
            "/ews/healthcheck.htm",
            "/OAB/",
            "/ecp/RulesEditor/InboxRules.svc/GetList",
        ],
    );
    Request {
        stem,
        query: format!(
            "clientApplication=ActiveMonitor;PSVersion=5.1.17763.{}&sessionID=Version_15.2_(Build_1544.9)={}",
            dice.below(9000),
            request_id(dice)
        ),
        port: 444,
        user: "CONTOSO\\HealthMailbox0f2a".to_owned(),
        client: "::1".to_owned(),
        agent: pick_static(dice, &["Microsoft+WinRM+Client", "AMProbe/Local/ClientAccess"]),
        ..base
    }
}

fn logon(base: Request, dice: &mut Dice) -> Request {
    let (stem, query) = match dice.below(4) {
        0 => ("/owa/auth/logon.aspx", "replaceCurrent=1&url=https%3a%2f%2fmail.contoso.example%2fowa%2f%3fae%3dItem%2526a%3dNew".to_owned()),
        1 => ("/owa/auth/logoff.aspx", "Cmd=logoff&src=exch".to_owned()),
        2 => ("/owa/auth/RedirSuiteServiceProxy.aspx", "-".to_owned()),
        _ => ("/owa/auth.owa", format!("&CorrelationID=<empty>;&cafeReqId={};", request_id(dice))),
    };
    let method = if stem.ends_with(".owa") { "POST" } else { "GET" };
    Request { method, stem: stem.to_owned(), query, agent: BROWSER, status: 302, ..base }
}

fn admin(base: Request, dice: &mut Dice) -> Request {
    let stem = pick(
        dice,
        &[
            "/ecp/",
            "/ecp/default.aspx",
            "/ecp/DDI/DDIService.svc/GetList",
            "/ecp/UsersGroups/Mailboxes.slab",
            "/ecp/auth/TimeoutLogoff.aspx",
            "/ecp/15.2.1544.9/scripts/js.axd",
        ],
    );
    let query = format!(
        "ActivityCorrelationID={}&schema=MailboxService&msExchEcpCanary={}.",
        request_id(dice),
        request_id(dice)
    );
    Request { stem, query, agent: BROWSER, ..base }
}

fn stranger(base: Request, dice: &mut Dice) -> Request {
    let stem = pick(
        dice,
        &[
            "/",
            "/owa/",
            "/ecp/",
            "/robots.txt",
            "/favicon.ico",
            "/ecp/Current/exporttool/microsoft.exchange.ediscovery.exporttool.application",
            "/aspnet_client/system_web/4_0_30319/WebUIValidation.js",
        ],
    );
    Request {
        method: "GET",
        stem,
        user: "-".to_owned(),
        client: format!("203.0.113.{}", dice.below(250)),
        agent: pick_static(dice, &["Mozilla/5.0+zgrab/0.x", "-", BROWSER]),
        status: 302,
        ..base
    }
}

/// As Exchange writes them: a GUID.
fn request_id(dice: &mut Dice) -> String {
    let (a, b) = (dice.number(), dice.number());
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        a >> 32,
        (a >> 16) & 0xffff,
        a & 0xffff,
        b >> 48,
        b & 0xffff_ffff_ffff
    )
}

fn pick(dice: &mut Dice, items: &[&'static str]) -> String {
    pick_static(dice, items).to_owned()
}

fn pick_static(dice: &mut Dice, items: &[&'static str]) -> &'static str {
    dice.pick(items).copied().unwrap_or("-")
}
