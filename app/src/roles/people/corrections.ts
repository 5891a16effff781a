// What can be wrong in a file, and how a request is shown.
import type { Schemas } from '../../api/client'

type Subject = Schemas['Subject']
export const subjects: Subject[] = ['name', 'id_number', 'phone', 'employment', 'certificate', 'training', 'other']
/** Those whose right value is set once the request is accepted. */
export const setSubjects: Subject[] = ['name', 'id_number', 'phone']

export function correctionTone(one: Schemas['FileCorrectionView']): 'ok' | 'warn' | 'bad' | undefined {
  if (one.state === 'open') return one.overdue ? 'bad' : 'warn'
  if (one.state === 'accepted') return 'ok'
  return one.state === 'refused' ? 'bad' : undefined
}
