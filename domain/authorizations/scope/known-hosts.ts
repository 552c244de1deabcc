/**
 * Hosts and suffixes under which many unrelated parties live. An inclusion there is never taken at its word: the row's
 * owner can rarely permit tests of them. Lists of well-known names, complete enough to ask, not to decide.
 */

/** App stores, extension galleries, package and container registries: a path there names a product to download. */
export const storeHosts: ReadonlySet<string> = new Set([
  'addons.mozilla.org',
  'addons.opera.com',
  'apkpure.com',
  'app.mi.com',
  'appgallery.huawei.com',
  'apps.apple.com',
  'apps.microsoft.com',
  'appsource.microsoft.com',
  'chrome.google.com',
  'chromewebstore.google.com',
  'galaxystore.samsung.com',
  'itunes.apple.com',
  'microsoftedge.microsoft.com',
  'play.google.com',
  'sj.qq.com',
  'store.steampowered.com',
  'testflight.apple.com',
  'www.microsoft.com',
])

/** Source hosting, package registries and chain explorers: a path there names code, which lives elsewhere when it runs. */
export const sourceHosts: ReadonlySet<string> = new Set([
  'arbiscan.io',
  'basescan.org',
  'bitbucket.org',
  'bscscan.com',
  'codeberg.org',
  'crates.io',
  'etherscan.io',
  'gist.github.com',
  'gitee.com',
  'github.com',
  'gitlab.com',
  'hub.docker.com',
  'npmjs.com',
  'nuget.org',
  'optimistic.etherscan.io',
  'packagist.org',
  'pkg.go.dev',
  'polygonscan.com',
  'pypi.org',
  'raw.githubusercontent.com',
  'rubygems.org',
  'search.maven.org',
  'snowtrace.io',
  'sourceforge.net',
  'solscan.io',
  'www.npmjs.com',
  'www.nuget.org',
])

/** Suffixes under which a cloud or hosting service gives names to anybody. */
export const sharedSuffixes: ReadonlySet<string> = new Set([
  'aliyuncs.com',
  'amazonaws.com',
  'appspot.com',
  'azureedge.net',
  'azurefd.net',
  'azurewebsites.net',
  'blogspot.com',
  'cloudapp.net',
  'cloudfront.net',
  'elasticbeanstalk.com',
  'fastly.net',
  'firebaseapp.com',
  'fly.dev',
  'github.io',
  'gitlab.io',
  'herokuapp.com',
  'myqcloud.com',
  'netlify.app',
  'ngrok.io',
  'nip.io',
  'onrender.com',
  'pages.dev',
  'run.app',
  'sslip.io',
  'trafficmanager.net',
  'vercel.app',
  'web.app',
  'windows.net',
  'wordpress.com',
  'workers.dev',
  'wpengine.com',
])

const secondLevels: ReadonlySet<string> = new Set([
  'ac',
  'co',
  'com',
  'edu',
  'gob',
  'gouv',
  'gov',
  'go',
  'gv',
  'mil',
  'ne',
  'net',
  'nom',
  'or',
  'org',
])

/** Whether a suffix is one under which names are sold to anybody: a single label, or `com.cn`-like. */
export function isRegistrySuffix(labels: readonly string[]): boolean {
  if (labels.length < 2) return true
  const [second = '', top = ''] = labels
  return labels.length === 2 && top.length === 2 && secondLevels.has(second)
}

/** Not `app`, `dev`, `de` and the like: those are common first labels of real hosts. */
const reverseHeads: ReadonlySet<string> = new Set(['com', 'org', 'net', 'io', 'co'])
const topLevels: ReadonlySet<string> = new Set(
  'app art asia bank biz blog chat cloud club com design dev digital edu email example finance fun game games gov group health inc info int invalid io life link live llc ltd media mobi money name net network news online org page pro services shop site social software solutions space store studio support systems team tech test top travel vip wang win work works world xyz zone'.split(
    ' ',
  ),
)
/** Whether a name ends as host names do and not as app identifiers do; only good for a suggestion. */
export function isCommonName(name: string): boolean {
  const last = name.slice(name.lastIndexOf('.') + 1)
  return !looksLikeAppId(name) && (last.length === 2 || topLevels.has(last))
}

/** `com.example.app` reads as a host name but is how app stores name programs. */
export function looksLikeAppId(name: string): boolean {
  const labels = name.split('.')
  const last = labels[labels.length - 1] ?? ''
  if (labels.length < 3 || last.length === 2 || last.startsWith('xn--')) return false
  return reverseHeads.has(labels[0] ?? '') && !topLevels.has(last)
}

/** Endings of file and product names that no registry sells: `Auth0.js` is a library. */
export const fileEndings: ReadonlySet<string> = new Set([
  'aab',
  'apk',
  'bat',
  'conf',
  'css',
  'dll',
  'dmg',
  'doc',
  'docx',
  'exe',
  'htm',
  'html',
  'ipa',
  'jar',
  'js',
  'json',
  'jsp',
  'msi',
  'pdf',
  'php',
  'txt',
  'xml',
  'yaml',
  'yml',
])
