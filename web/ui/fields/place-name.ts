/** The mainland is told from the rest of China, because the rule on what leaves it does; the others as the browser names them. */
const own: { readonly [code: string]: { readonly zh: string; readonly en: string } } = {
  CN: { zh: '中国大陆', en: 'Mainland China' },
  HK: { zh: '中国香港', en: 'Hong Kong, China' },
  MO: { zh: '中国澳门', en: 'Macao, China' },
  TW: { zh: '中国台湾', en: 'Taiwan, China' },
}

/** @param code ISO 3166-1 alpha-2 */
export const placeName = (code: string, language: string): string =>
  own[code]?.[language === 'en' ? 'en' : 'zh'] ?? new Intl.DisplayNames([language], { type: 'region' }).of(code) ?? code
