import { type ReactNode, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from './Icon.tsx'
import './ui.css'

/** Copies a text; the button says for two seconds that it did. */
export function CopyButton({ text, label }: { text: string; label?: string }): ReactNode {
  const { t } = useTranslation()
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return undefined
    const timer = setTimeout(() => setCopied(false), 2000)
    return () => clearTimeout(timer)
  }, [copied])
  return (
    <button
      type="button"
      className="copy-button"
      onClick={() => {
        void copyText(text).then(setCopied)
      }}
    >
      <Icon name={copied ? 'check' : 'copy'} size={15} />
      <span aria-live="polite">{copied ? t('action.copied') : (label ?? t('action.copy'))}</span>
    </button>
  )
}

/** @returns whether it worked. The clipboard interface is missing on plain http, which an inner network may use. */
async function copyText(text: string): Promise<boolean> {
  if (isSecureContext) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    )
  }
  const holder = document.createElement('textarea')
  holder.value = text
  holder.className = 'hidden-visually'
  // A dialog makes the rest of the page inert; inside it the selection works.
  const place = document.querySelector('dialog[open], [role="dialog"]') ?? document.body
  place.append(holder)
  holder.select()
  const done = document.execCommand('copy')
  holder.remove()
  return done
}
