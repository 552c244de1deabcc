import { Select, type SelectProps } from 'antd'
import type { ReactNode } from 'react'
import { useLanguage } from '../../i18n/index.ts'
import { useWeaknesses } from './use-weaknesses.ts'

/** A weakness of the register, found by number or by name in either language. Value and change come from the form's field around it. */
export function WeaknessSelect(props: Omit<SelectProps<string>, 'options' | 'showSearch'>): ReactNode {
  const { say } = useLanguage()
  const { weaknesses } = useWeaknesses()
  return (
    <Select
      {...props}
      showSearch={{ optionFilterProp: 'search' }}
      options={weaknesses.map(({ cwe, name }) => ({
        value: cwe,
        label: `${cwe} ${say(name)}`,
        search: `${cwe} ${name.zh} ${name.en}`,
      }))}
    />
  )
}
