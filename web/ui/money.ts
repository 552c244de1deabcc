/** Fen (hundredths of a yuan, an integer) as money in the reader's language: 1234567 → ¥12,345.67. */
export function yuanText(fen: number, language: string): string {
  return new Intl.NumberFormat(language === 'en' ? 'en' : 'zh-CN', {
    style: 'currency',
    currency: 'CNY',
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: fen % 100 === 0 ? 0 : 2,
  }).format(fen / 100)
}

/** Fen as plain yuan for an input field: 1234567 → `12345.67`. */
export const yuanInput = (fen: number): string =>
  fen % 100 === 0 ? String(fen / 100) : `${Math.trunc(fen / 100)}.${String(fen % 100).padStart(2, '0')}`

/**
 * Yuan as people type them, read digit by digit so that no binary fraction rounds money away.
 * @returns fen, or null when it is no amount: negative, more than two decimals, not a number
 */
export function fenOf(yuan: string): number | null {
  const found = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(yuan.replaceAll(/[,，\s¥￥]/g, ''))
  if (!found) return null
  return Number(found[1]) * 100 + Number((found[2] ?? '').padEnd(2, '0'))
}
