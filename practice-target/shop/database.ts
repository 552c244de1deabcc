import { DatabaseSync, constants } from 'node:sqlite'

export type Product = {
  readonly id: number
  readonly name: string
  readonly name_en: string
  readonly price_fen: number
  readonly about: string
}
export type Order = {
  readonly id: number
  readonly customer_id: number
  readonly receiver: string
  readonly phone: string
  readonly address: string
  readonly item: string
  readonly total_fen: number
  readonly state: string
}
export type Customer = { readonly id: number; readonly login: string; readonly name: string }
export type Review = { readonly author: string; readonly body: string }

const schema = `
create table products (id integer primary key, name text, name_en text, price_fen integer, about text, on_sale integer);
create table customers (id integer primary key, login text unique, password text, name text, phone text);
create table orders (id integer primary key, customer_id integer, receiver text, phone text, address text, item text,
  total_fen integer, state text);
create table reviews (id integer primary key, product_id integer, author text, body text);
`
const products: readonly (readonly [number, string, string, number, string, number])[] = [
  [1, '玉兰电热水壶', 'Yulan electric kettle', 12900, '1.5 升，自动断电 / 1.5 l, switches itself off', 1],
  [2, '青瓷茶杯', 'Celadon tea cup', 4800, '手工上釉 / glazed by hand', 1],
  [3, '云杉羊毛围巾', 'Spruce wool scarf', 19900, '长 180 厘米 / 180 cm long', 1],
  [4, '竹制键盘托', 'Bamboo keyboard rest', 7600, '整竹 / one piece of bamboo', 1],
  [5, '折叠台灯', 'Folding desk lamp', 15800, '三档亮度 / three levels of light', 1],
  [6, '帆布双肩包', 'Canvas backpack', 23900, '可放 15 寸电脑 / fits a 15 inch laptop', 1],
  [7, '双十一礼盒（未上架）', 'Gift box (not on sale yet)', 88800, '内部商品 / internal', 0],
]
const customers: readonly (readonly [number, string, string, string, string])[] = [
  [1, 'lin', 'practice-lin', '林小满', '000-0000-0001'],
  [2, 'chen', 'practice-chen', '陈立秋', '000-0000-0002'],
  [3, 'manager', 'practice-manager-7391', '店长', '000-0000-0003'],
]
const orders: readonly (readonly [number, number, string, string, string, string, number, string])[] = [
  [1001, 1, '林小满', '000-0000-0001', '练习市示例路 1 号', '玉兰电热水壶 ×1', 12900, '已发货 shipped'],
  [1002, 2, '陈立秋', '000-0000-0002', '练习市示例路 22 号', '云杉羊毛围巾 ×2', 39800, '已付款 paid'],
  [1003, 1, '林小满', '000-0000-0001', '练习市示例路 1 号', '青瓷茶杯 ×4', 19200, '已签收 received'],
  [1004, 2, '陈立秋', '000-0000-0002', '练习市示例路 22 号', '帆布双肩包 ×1', 23900, '已付款 paid'],
]
const reviews: readonly (readonly [number, string, string])[] = [
  [1, '林小满', '烧水很快。Boils quickly.'],
  [3, '陈立秋', '很暖和。Warm.'],
]
const mostReviews = 500

// An injected statement may read everything; it may not stop the process: no endless recursion, no giant values.
const readingOnly = new Set([constants.SQLITE_SELECT, constants.SQLITE_READ, constants.SQLITE_FUNCTION])
const hungryFunctions = new Set(['randomblob', 'zeroblob', 'load_extension'])

/** The shop's rows, all invented, in an SQLite database in memory. The same seed each time. */
export type ShopDatabase = ReturnType<typeof openDatabase>

export function openDatabase() {
  const database = new DatabaseSync(':memory:', {
    allowExtension: false,
    limits: { length: 2_000_000, compoundSelect: 30, attach: 0 },
  })
  database.exec(schema)
  const rowsOf = (sql: string, rows: readonly (readonly (string | number)[])[]): void => {
    const insert = database.prepare(sql)
    for (const row of rows) insert.run(...row)
  }
  rowsOf('insert into products values (?, ?, ?, ?, ?, ?)', products)
  rowsOf('insert into customers values (?, ?, ?, ?, ?)', customers)
  rowsOf('insert into orders values (?, ?, ?, ?, ?, ?, ?, ?)', orders)
  rowsOf('insert into reviews (product_id, author, body) values (?, ?, ?)', reviews)
  const guard = (action: number, _first: string | null, second: string | null): number =>
    readingOnly.has(action) && !(action === constants.SQLITE_FUNCTION && hungryFunctions.has(second ?? ''))
      ? constants.SQLITE_OK
      : constants.SQLITE_DENY

  return {
    /**
     * FLAW (CWE-89): pastes the words into the statement. Boolean, union and error based injection work.
     * @throws the engine's error, which the page shows
     */
    searchProducts(words: string): Product[] {
      database.setAuthorizer(guard)
      try {
        const sql = `select id, name, name_en, price_fen, about from products where on_sale = 1 and name || ' ' || name_en like '%${words}%'`
        return database.prepare(sql).all() as Product[]
      } finally {
        database.setAuthorizer(null)
      }
    },
    product(id: number): Product | undefined {
      const sql = 'select id, name, name_en, price_fen, about from products where id = ? and on_sale = 1'
      return database.prepare(sql).get(id) as Product | undefined
    },
    productsOnSale(): Product[] {
      const sql = 'select id, name, name_en, price_fen, about from products where on_sale = 1 order by id'
      return database.prepare(sql).all() as Product[]
    },
    customerBy(login: string, password: string): Customer | undefined {
      const sql = 'select id, login, name from customers where login = ? and password = ?'
      return database.prepare(sql).get(login, password) as Customer | undefined
    },
    ordersOf(customerId: number): Order[] {
      return database.prepare('select * from orders where customer_id = ? order by id').all(customerId) as Order[]
    },
    /** FLAW (CWE-639): finds an order by number alone; whose it is, nobody asks. */
    order(id: number): Order | undefined {
      return database.prepare('select * from orders where id = ?').get(id) as Order | undefined
    },
    totals(): { orders: number; fen: number } {
      const sql = 'select count(*) as orders, sum(total_fen) as fen from orders'
      return database.prepare(sql).get() as { orders: number; fen: number }
    },
    reviewsOf(productId: number): Review[] {
      const sql = 'select author, body from reviews where product_id = ? order by id'
      return database.prepare(sql).all(productId) as Review[]
    },
    /** @returns false when the shop holds 500 reviews and takes no more until it is reset */
    addReview(productId: number, author: string, body: string): boolean {
      const { held } = database.prepare('select count(*) as held from reviews').get() as { held: number }
      if (held >= mostReviews) return false
      database.prepare('insert into reviews (product_id, author, body) values (?, ?, ?)').run(productId, author, body)
      return true
    },
    close(): void {
      database.close()
    },
  }
}
