import type { InstallationView } from '@zhongheng/contracts/http/installation.ts'
import { Button, Modal, Select } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'

type Node = InstallationView['nodes'][number]

/** Every node with what it serves, and the way to give its engagements to another one. */
export function MoveEngagements({ nodes }: { nodes: readonly Node[] }): ReactNode {
  const { t } = useTranslation()
  const [from, setFrom] = useState<Node | null>(null)
  const [to, setTo] = useState<number | null>(null)
  const act = useAct('POST /api/installation/nodes/:node/departures')
  const begin = (node: Node): void => {
    act.reset()
    setTo(null)
    setFrom(node)
  }
  const others = nodes.filter((node) => node.number !== from?.number && node.up)
  return (
    <>
      <ul className="installation-nodes">
        {nodes.map((node) => (
          <li key={node.number}>
            <span>
              <strong>{t('installation.nodes.one', { number: node.number })}</strong> <code>{node.address}</code>{' '}
              <span className={node.up ? 'muted' : 'installation-away'}>
                {node.up ? t('installation.nodes.serves', { count: node.engagements }) : t('installation.nodes.away')}
              </span>
            </span>
            <Button size="small" disabled={node.engagements === 0} onClick={() => begin(node)}>
              {t('installation.nodes.move')}
            </Button>
          </li>
        ))}
      </ul>
      {from && (
        <Modal
          open
          title={t('installation.nodes.moveFrom', { number: from.number })}
          okText={t('installation.nodes.move')}
          cancelText={t('action.cancel')}
          confirmLoading={act.isPending}
          okButtonProps={{ disabled: to === null }}
          onCancel={() => setFrom(null)}
          onOk={() =>
            to !== null &&
            act.mutate({ params: { node: String(from.number) }, body: { to } }, { onSuccess: () => setFrom(null) })
          }
          destroyOnHidden
        >
          <div className="stack">
            <p>{t('installation.nodes.moveAbout', { count: from.engagements })}</p>
            <Select
              aria-label={t('installation.nodes.to')}
              placeholder={t('installation.nodes.to')}
              value={to}
              onChange={setTo}
              options={others.map((node) => ({
                value: node.number,
                label: `${t('installation.nodes.one', { number: node.number })} · ${node.address}`,
              }))}
            />
            <ProblemAlert problem={act.error} />
          </div>
        </Modal>
      )}
    </>
  )
}
