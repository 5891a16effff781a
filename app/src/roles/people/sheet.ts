// A certificate of training: issued where it is due, and opened in a window of its own to be printed.
import { Problem, api, ask } from '../../api/client'
import { t } from '../../i18n'

export async function openSheet(plan: string, person?: string): Promise<void> {
  // Opened before anything is awaited: a browser lets a tap open a window, not an answer.
  const page = window.open('', '_blank')
  try {
    const body = { plan_id: plan, ...(person ? { person_ids: [person] } : {}) }
    const issued = await ask(api.POST('/v1/proofs', { body }))
    const proof = issued.items[0]
    if (!proof) throw new Problem(409, 'not_due', t('proof.notDue'))
    const path = { params: { path: { proof_id: proof.id } }, parseAs: 'blob' as const }
    const drawn = await ask(api.GET('/v1/proofs/{proof_id}/sheet.svg', path))
    const address = URL.createObjectURL(drawn)
    if (page) page.location.href = address
    else location.href = address
  } catch (error) {
    page?.close()
    throw error
  }
}
