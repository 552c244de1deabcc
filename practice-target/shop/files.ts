/**
 * The shop's whole file tree: text in memory. The walk out of `public/` is real inside this tree, and no code of the
 * practice target opens a file of the machine, so the flaw cannot reach one.
 */
const tree: ReadonlyMap<string, string> = new Map([
  [
    'public/manual-zh.txt',
    '玉兰电热水壶使用说明\n一、首次使用请煮沸清水一次。\n二、水位勿超过最高刻度。\n三、断电冷却后再清洗。\n',
  ],
  [
    'public/manual-en.txt',
    'Yulan electric kettle, user manual\n1. Boil clean water once before first use.\n2. Do not fill above the mark.\n3. Unplug and let cool before cleaning.\n',
  ],
  ['public/size-guide.txt', '尺码 size  胸围 chest (cm)\nS   88-92\nM   92-96\nL   96-100\n'],
  [
    'private/config.ini',
    '; 内部配置 internal settings of the practice shop (invented)\n[payment]\nmerchant = practice-0001\nsigning_key = PRACTICE-KEY-not-a-real-secret\n[mail]\nuser = robot@shop.practice.test\n',
  ],
  [
    'private/backup.txt',
    '数据库备份记录 backup log (invented)\n2026-01-04 02:00 orders.sql.gz ok\n2026-01-05 02:00 orders.sql.gz ok, password hint: practice-only\n',
  ],
  [
    'private/suppliers.csv',
    'supplier,contact,price_factor\n青禾器皿,practice-contact-1,0.62\n云杉纺织,practice-contact-2,0.48\n',
  ],
])

/**
 * FLAW (CWE-22): joins the name to `public/` and then resolves `..`, without asking whether the result is still there.
 * @returns the text, or undefined where the shop has no such file
 */
export function readShopFile(name: string): { path: string; text: string } | undefined {
  const parts: string[] = []
  for (const part of `public/${name.replaceAll('\\', '/')}`.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  const path = parts.join('/')
  const text = tree.get(path)
  return text === undefined ? undefined : { path, text }
}

/** Names that the download page offers. */
export function publicFiles(): string[] {
  return [...tree.keys()].filter((path) => path.startsWith('public/')).map((path) => path.slice('public/'.length))
}
