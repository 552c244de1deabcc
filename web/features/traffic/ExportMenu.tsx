import { captureFormatNames } from '@zhongheng/contracts/records/capture-formats.ts'
import { App, Button, Dropdown, Modal } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf, call } from '../../api/call.ts'
import { ApiProblem } from '../../api/problem.ts'
import { useLanguage } from '../../i18n/index.ts'
import { Icon } from '../../ui/Icon.tsx'
import { AskApproval } from '../approvals/AskApproval.tsx'
import { type TrafficFilters, exchangeQuery } from './filters.ts'

type Format = (typeof captureFormatNames)[number]
const size = 'GET /api/engagements/:engagementId/captures/size'

/**
 * Exchanges as a file: those that the filters name, or only these sequences. What it takes (a purpose, a second person) is asked before,
 * because a download cannot ask; the file then holds what was there at that moment. The download streams; the reading is recorded.
 */
export function ExportMenu({
  engagementId,
  filters = {},
  only,
  label,
}: {
  engagementId: string
  filters?: TrafficFilters
  only?: readonly number[]
  label: string
}): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const { message } = App.useApp()
  const [pending, setPending] = useState(false)
  const [waits, setWaits] = useState<{ captures: Captures; exchanges: number } | null>(null)
  const chosen = only === undefined ? exchangeQuery(filters) : { only: only.join(',') }
  type Captures = { format: Format; until: number } & typeof chosen
  const begin = async (format: Format): Promise<void> => {
    setPending(true)
    try {
      const found = await call(size, { params: { engagementId }, query: { format, ...chosen } })
      if (found.exchanges === 0) return void message.info(t('traffic.export.none'))
      const captures = { format, ...chosen, until: found.until }
      if (found.secondPerson) setWaits({ captures, exchanges: found.exchanges })
      else
        location.assign(
          addressOf('GET /api/engagements/:engagementId/captures', { params: { engagementId }, query: captures }),
        )
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      // Whoever was asked for a purpose and gave none knows why.
      if (error.rule !== 'READING-1') void message.error(say(error.text))
    } finally {
      setPending(false)
    }
  }
  const items = captureFormatNames.map((format) => ({
    key: format,
    label: (
      <span className="export-item">
        <strong>{t(`traffic.export.${format}`)}</strong>
        <span className="muted">{t(`traffic.export.${format}For`)}</span>
      </span>
    ),
    onClick: () => void begin(format),
  }))
  return (
    <>
      <Dropdown
        trigger={['click']}
        menu={{
          items: [...items, { type: 'divider' }, { key: 'note', disabled: true, label: t('traffic.export.recorded') }],
        }}
      >
        <Button size="small" loading={pending}>
          {label}
          <Icon name="down" size={14} />
        </Button>
      </Dropdown>
      <Modal
        open={waits !== null}
        title={t('traffic.export.many', { count: waits?.exchanges ?? 0 })}
        footer={null}
        onCancel={() => setWaits(null)}
        destroyOnHidden
      >
        {waits === null ? null : <AskApproval act={{ kind: 'captures', engagementId, ...waits }} />}
      </Modal>
    </>
  )
}
