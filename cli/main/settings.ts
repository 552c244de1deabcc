export type Language = 'zh' | 'en'

/** The language of the answers where `--lang` does not say it: Chinese, unless the terminal is set to English. */
export function languageOf(environment: NodeJS.ProcessEnv = process.env): Language {
  const locale = environment['LC_ALL'] || environment['LC_MESSAGES'] || environment['LANG'] || ''
  return locale.toLowerCase().startsWith('en') ? 'en' : 'zh'
}
