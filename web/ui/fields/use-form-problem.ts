import type { FormInstance } from 'antd'
import { useEffect } from 'react'
import { type ApiProblem, formErrors } from '../../api/problem.ts'
import { useLanguage } from '../../i18n/index.ts'

/** Says what is wrong beside the fields of a form that a problem names. */
export function useFormProblem<V>(form: FormInstance<V>, problem: ApiProblem | null | undefined): void {
  const { side } = useLanguage()
  useEffect(() => {
    if (problem) form.setFields(formErrors(problem, side) as Parameters<typeof form.setFields>[0])
  }, [form, problem, side])
}
