import { type InputHTMLAttributes, type ReactNode, useId } from 'react'
import { useLanguage } from '../../i18n/index.ts'
import { type ApiProblem, formErrors } from '../../api/problem.ts'

/** A labelled text field with its hint, and the refusal that names it. */
export function PlainField({
  label,
  hint,
  fault,
  problem,
  name,
  ...input
}: InputHTMLAttributes<HTMLInputElement> & {
  label: string
  name: string
  hint?: string
  fault?: string | null
  problem?: ApiProblem | null
}): ReactNode {
  const id = useId()
  const { side } = useLanguage()
  const refused = problem
    ? formErrors(problem, side)
        .find((error) => error.name.join('.') === name)
        ?.errors.join(' ')
    : undefined
  const wrong = fault ?? refused
  return (
    <div className="plain-field">
      <label htmlFor={id}>{label}</label>
      <input
        {...input}
        id={id}
        name={name}
        aria-invalid={wrong ? true : undefined}
        aria-describedby={hint || wrong ? `${id}-about` : undefined}
      />
      {hint || wrong ? (
        <div id={`${id}-about`}>
          {wrong ? <div className="plain-fault">{wrong}</div> : null}
          {hint ? <div className="plain-hint">{hint}</div> : null}
        </div>
      ) : null}
    </div>
  )
}
