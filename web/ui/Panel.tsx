import { type ReactNode, useId } from 'react'
import './ui.css'

/** A titled section of a page. */
export function Panel({
  title,
  about,
  extra,
  children,
  flush,
}: {
  title: ReactNode
  about?: ReactNode
  extra?: ReactNode
  children: ReactNode
  flush?: boolean
}): ReactNode {
  const id = useId()
  return (
    <section className={flush ? 'panel flush' : 'panel'} aria-labelledby={id}>
      <div className="panel-head">
        <div>
          <h2 id={id}>{title}</h2>
          {about === undefined ? null : <p className="panel-about">{about}</p>}
        </div>
        {extra === undefined ? null : <div className="panel-extra">{extra}</div>}
      </div>
      <div className="panel-body">{children}</div>
    </section>
  )
}

/** Names and values, as on a form that is filled in. */
export function Facts({ rows }: { rows: readonly (readonly [name: string, value: ReactNode])[] }): ReactNode {
  return (
    <dl className="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
