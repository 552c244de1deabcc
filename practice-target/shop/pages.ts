import type { Customer, Order, Product, Review } from './database.ts'
import { label } from './label.ts'

const style = `
:root { color-scheme: light dark; --line: #8884; --accent: #1d6fb8 }
* { box-sizing: border-box }
body { margin: 0; font: 16px/1.6 system-ui, 'Noto Sans CJK SC', 'Noto Sans SC', sans-serif }
.warning { background: #8e1b3a; color: #fff; padding: .6rem 1rem; font-size: .9rem }
header, main, footer { max-width: 60rem; margin: 0 auto; padding: 1rem }
nav a { margin-right: 1rem } a { color: var(--accent) }
.goods { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); padding: 0; list-style: none }
.goods li, .review { border: 1px solid var(--line); border-radius: .5rem; padding: .8rem; overflow-wrap: anywhere }
.review { margin: .5rem 0 }
input, textarea, button { font: inherit; padding: .4rem .6rem; max-width: 100% } label { display: block; margin: .5rem 0 }
table { border-collapse: collapse } td, th { border-bottom: 1px solid var(--line); padding: .3rem .8rem; text-align: left }
footer { color: GrayText; font-size: .85rem }`

/** Text for HTML. Every safe place of the shop uses it; the two script flaws are where it is left out on purpose. */
export function safe(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
const yuan = (fen: number): string => `¥${(fen / 100).toFixed(2)}`

/** Wraps a page's body, which is HTML already; the title is text. */
export function page(title: string, body: string, customer?: Customer): string {
  const account = customer
    ? `<a href="/orders">我的订单 My orders</a> ${safe(customer.name)}`
    : '<a href="/login">登录 Sign in</a>'
  return `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${safe(title)} · 玉兰小店（靶场 practice target）</title><style>${style}</style></head>
<body><div class="warning" role="alert"><strong>${label.zh}</strong><br>${label.en}</div>
<header><h1>玉兰小店 <small>Yulan shop</small></h1><nav><a href="/">商品 Goods</a><a href="/search">搜索 Search</a><a href="/downloads">下载 Downloads</a>${account}</nav></header>
<main>${body}</main>
<footer>玉兰小店为虚构 / an invented shop · ${label.headers['x-practice-target']}</footer></body></html>
`
}

const goods = (products: readonly Product[]): string =>
  `<ul class="goods">${products
    .map(
      (one) =>
        `<li><a href="/products/${one.id}">${safe(String(one.name))}</a><br>${safe(String(one.name_en))}<br><strong>${yuan(Number(one.price_fen))}</strong><br>${safe(String(one.about))}</li>`,
    )
    .join('')}</ul>`

export const homePage = (products: readonly Product[], customer?: Customer): string =>
  page('首页 Home', `<h2>在售商品 On sale</h2>${goods(products)}`, customer)

/** FLAW (CWE-79, reflected): the words come back as they are. */
export function searchPage(words: string, found: readonly Product[] | undefined, fault?: string): string {
  const form =
    '<form action="/search"><label>关键词 Words <input name="q" autofocus></label><button>搜索 Search</button></form>'
  if (fault !== undefined) return page('搜索出错 Search failed', `${form}<p>“${words}”</p><pre>${safe(fault)}</pre>`)
  if (found === undefined) return page('搜索 Search', form)
  const none = found.length === 0 ? '<p>没有找到商品。Nothing found.</p>' : ''
  return page('搜索 Search', `${form}<p>搜索“${words}”的结果 Results for “${words}”</p>${none}${goods(found)}`)
}

/** FLAW (CWE-79, stored): reviews are shown as they were written. */
export function productPage(product: Product, reviews: readonly Review[], customer?: Customer): string {
  const shown = reviews.map((one) => `<div class="review"><strong>${one.author}</strong><div>${one.body}</div></div>`)
  return page(
    product.name,
    `<h2>${safe(product.name)} <small>${safe(product.name_en)}</small></h2><p>${safe(product.about)}</p><p><strong>${yuan(product.price_fen)}</strong></p>
<p><a href="/go?to=/">返回首页 Back to the goods</a></p>
<h3>评价 Reviews</h3>${shown.join('')}
<form method="post" action="/products/${product.id}/reviews"><label>称呼 Name <input name="author" maxlength="100"></label>
<label>评价 Review <textarea name="body" rows="3" cols="40" maxlength="4000"></textarea></label><button>发表 Send</button></form>`,
    customer,
  )
}

export const loginPage = (failed: boolean): string =>
  page(
    '登录 Sign in',
    `<h2>登录 Sign in</h2>${failed ? '<p role="alert">用户名或密码不对。Wrong name or password.</p>' : ''}
<form method="post" action="/login"><label>用户名 Name <input name="login" autocomplete="off"></label>
<label>密码 Password <input name="password" type="password" autocomplete="off"></label><button>登录 Sign in</button></form>
<p>练习账号 Practice accounts: <code>lin / practice-lin</code>, <code>chen / practice-chen</code></p>`,
  )

export const ordersPage = (orders: readonly Order[], customer: Customer): string =>
  page(
    '我的订单 My orders',
    `<h2>我的订单 My orders</h2><table><tr><th>编号 No.</th><th>商品 Item</th><th>金额 Total</th><th>状态 State</th></tr>${orders
      .map(
        (one) =>
          `<tr><td><a href="/api/orders/${one.id}">${one.id}</a></td><td>${safe(one.item)}</td><td>${yuan(one.total_fen)}</td><td>${safe(one.state)}</td></tr>`,
      )
      .join('')}</table>`,
    customer,
  )

export const downloadsPage = (names: readonly string[]): string =>
  page(
    '下载 Downloads',
    `<h2>下载 Downloads</h2><ul>${names.map((name) => `<li><a href="/files?name=${encodeURIComponent(name)}">${safe(name)}</a></li>`).join('')}</ul>`,
  )

/** FLAW (CWE-306): nobody has to sign in to see it. */
export const adminPage = (totals: { orders: number; fen: number }): string =>
  page(
    '店长后台 Manager',
    `<h2>店长后台 Manager’s desk</h2><p>订单 Orders: ${totals.orders}</p><p>成交 Turnover: ${yuan(totals.fen)}</p>`,
  )

export const notePage = (title: string, text: string): string =>
  page(title, `<h2>${safe(title)}</h2><p>${safe(text)}</p>`)
