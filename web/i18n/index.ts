import i18next from 'i18next'
import { initReactI18next, useTranslation } from 'react-i18next'
import type { Bilingual } from '../api/problem.ts'
import type { Words } from './words.ts'

export const languages = ['zh-CN', 'en'] as const
export type Language = (typeof languages)[number]

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation'
    resources: { translation: Words }
    returnNull: false
  }
}

const storeKey = 'zh.language'
/** One catalogue is loaded; the other only when somebody switches. */
const catalogues: Record<Language, () => Promise<Words>> = {
  'zh-CN': async () => (await import('./zh-CN.ts')).zhCN,
  en: async () => (await import('./en.ts')).en,
}

const asLanguage = (text: string | null | undefined): Language | null =>
  text?.toLowerCase().startsWith('zh') ? 'zh-CN' : text?.toLowerCase().startsWith('en') ? 'en' : null

/** The language that this browser was told to use, if it was. */
export function chosenLanguage(): Language | null {
  try {
    return asLanguage(localStorage.getItem(storeKey))
  } catch {
    return null
  }
}

/** Chinese first: English only for a browser that asks for it, or a person who chose it. */
export async function startLanguage(): Promise<void> {
  const language = chosenLanguage() ?? asLanguage(navigator.language) ?? 'zh-CN'
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    resources: { [language]: { translation: await catalogues[language]() } },
    interpolation: { escapeValue: false },
    returnNull: false,
  })
  document.documentElement.lang = language
}

/** Switches the screen; `keep` remembers it in this browser. */
export async function setLanguage(language: Language, keep = true): Promise<void> {
  if (!i18next.hasResourceBundle(language, 'translation'))
    i18next.addResourceBundle(language, 'translation', await catalogues[language]())
  await i18next.changeLanguage(language)
  document.documentElement.lang = language
  if (!keep) return
  try {
    localStorage.setItem(storeKey, language)
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
}

/** The language on screen, and server-made sentences in it: `say(move.title)`. */
export function useLanguage(): { language: Language; side: keyof Bilingual; say: (text: Bilingual) => string } {
  const { i18n } = useTranslation()
  const language: Language = i18n.language === 'en' ? 'en' : 'zh-CN'
  const side = language === 'en' ? 'en' : 'zh'
  return { language, side, say: (text) => text[side] }
}
