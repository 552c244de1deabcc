import { useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../api/call.ts'
import { useAct } from '../api/hooks.ts'
import { setLanguage, useLanguage } from '../i18n/index.ts'
import { Bell } from '../features/notices/Bell.tsx'
import { Icon, type IconName } from '../ui/Icon.tsx'
import { EngagementSearch } from './EngagementSearch.tsx'
import { type Appearance, appearances, setAppearance, useAppearance } from './appearance.ts'
import { drafts } from './drafts.ts'
import { useMe } from './session.ts'

const appearanceIcons: Record<Appearance, IconName> = { system: 'half', light: 'sun', dark: 'moon' }

export function TopBar({ onMenu }: { onMenu: () => void }): ReactNode {
  const { t } = useTranslation()
  const me = useMe()
  const { language } = useLanguage()
  const appearance = useAppearance()
  const queries = useQueryClient()
  const menu = useRef<HTMLDivElement>(null)
  const [losing, setLosing] = useState(false)
  const signOut = useAct('POST /api/sign-out', { quiet: true })

  const switchLanguage = async (): Promise<void> => {
    const next = language === 'en' ? 'zh-CN' : 'en'
    await setLanguage(next)
    // The server writes this person's documents and messages in it; the screen has switched whatever it answers.
    await call('PATCH /api/me', { body: { locale: next } }).then(
      (changed) => queries.setQueryData(['GET /api/me', {}], changed),
      () => undefined,
    )
  }
  const leave = (): void => {
    if (!losing && drafts.any(me.personId)) return setLosing(true)
    signOut.mutate(
      {},
      {
        onSettled: () => {
          drafts.keepOnly(null)
          // A new page: nothing of what this one gathered or was told stays in its memory.
          location.assign('/sign-in')
        },
      },
    )
  }
  return (
    <header className="topbar">
      <button type="button" className="icon-button topbar-menu" aria-label={t('frame.openMenu')} onClick={onMenu}>
        <Icon name="menu" size={20} />
      </button>
      <EngagementSearch />
      <button
        type="button"
        className="text-button topbar-language"
        lang={language === 'en' ? 'zh-CN' : 'en'}
        onClick={() => void switchLanguage()}
      >
        <Icon name="globe" />
        <span>{t('frame.otherLanguage')}</span>
      </button>
      <Bell />
      <button
        type="button"
        className="avatar"
        popoverTarget="account-menu"
        aria-label={`${t('frame.account')} ${me.name}`}
      >
        {[...me.name][0]?.toUpperCase()}
      </button>
      <div id="account-menu" ref={menu} popover="auto" className="account-menu">
        <div className="account-who">
          <strong>{me.name}</strong>
          <span className="quiet">{me.orgName}</span>
          <span className="muted">
            {t(`role.${me.orgKind}`)} · {me.posts.map((post) => t(`post.${post}`)).join(' · ')}
          </span>
        </div>
        <fieldset className="account-appearance">
          <legend>{t('frame.appearance')}</legend>
          {appearances.map((one) => (
            <label key={one} className={one === appearance ? 'chosen' : ''}>
              <input
                type="radio"
                name="appearance"
                value={one}
                checked={one === appearance}
                onChange={() => setAppearance(one)}
              />
              <Icon name={appearanceIcons[one]} size={16} />
              {t(`frame.${one}`)}
            </label>
          ))}
        </fieldset>
        <Link to="/account/security" className="text-button account-leave" onClick={() => menu.current?.hidePopover()}>
          <Icon name="shield" />
          {t('account.title')}
        </Link>
        <Link to="/account/data" className="text-button account-leave" onClick={() => menu.current?.hidePopover()}>
          <Icon name="person" />
          {t('personalData.title')}
        </Link>
        {losing && (
          <p role="alert" className="account-losing">
            {t('frame.draftsGo')}
          </p>
        )}
        <button type="button" className="text-button account-leave" onClick={leave}>
          <Icon name="signOut" />
          {t(losing ? 'frame.signOutAnyway' : 'frame.signOut')}
        </button>
      </div>
    </header>
  )
}
