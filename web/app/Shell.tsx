import { Outlet, useLocation } from '@tanstack/react-router'
import { type ReactNode, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { chosenLanguage, setLanguage } from '../i18n/index.ts'
import { Icon } from '../ui/Icon.tsx'
import { NoticeBanner } from '../features/personal-data/NoticeBanner.tsx'
import { FaultBanner } from '../features/installation/FaultBanner.tsx'
import { AntdFrame } from './AntdFrame.tsx'
import { Rail } from './Rail.tsx'
import { TopBar } from './TopBar.tsx'
import { drafts } from './drafts.ts'
import { useMe } from './session.ts'
import './shell.css'

/** The frame of every page behind the login: rail, top bar, page. */
export default function Shell(): ReactNode {
  const { t } = useTranslation()
  const me = useMe()
  const drawer = useRef<HTMLDialogElement>(null)
  const { pathname } = useLocation()

  useEffect(() => {
    if (chosenLanguage() === null) void setLanguage(me.locale, false)
  }, [me.locale])
  useEffect(() => drafts.keepOnly(me.personId), [me.personId])
  useEffect(() => drawer.current?.close(), [pathname])

  return (
    <AntdFrame>
      <div className="shell">
        <a href="#page" className="skip">
          {t('frame.skip')}
        </a>
        <aside className="rail">
          <Rail />
        </aside>
        <dialog
          ref={drawer}
          className="drawer"
          aria-label={t('frame.navigation')}
          onClick={(event) => {
            if (event.target === drawer.current) drawer.current.close()
          }}
        >
          <button
            type="button"
            className="icon-button drawer-close"
            aria-label={t('frame.closeMenu')}
            onClick={() => drawer.current?.close()}
          >
            <Icon name="close" />
          </button>
          <Rail />
        </dialog>
        <div className="shell-main">
          <TopBar onMenu={() => drawer.current?.showModal()} />
          <main id="page" className="page" tabIndex={-1}>
            <FaultBanner />
            <NoticeBanner />
            <Outlet />
          </main>
        </div>
      </div>
    </AntdFrame>
  )
}
