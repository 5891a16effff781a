// The tabs of each role: at most four, in the order of a day's work.
import type { Key } from './i18n'
import type { IconName } from './kit/icons'
import type { Role } from './session'

export interface Tab {
  name: string
  label: Key
  icon: IconName
}

const me: Tab = { name: 'me', label: 'tab.me', icon: 'person' }
const board: Tab = { name: 'board', label: 'tab.board', icon: 'bars' }

export const tabs: Record<Role, Tab[]> = {
  worker: [
    { name: 'code', label: 'tab.code', icon: 'qr' },
    { name: 'learn', label: 'tab.learn', icon: 'book' },
    me,
  ],
  inspector: [me],
  trainer: [me],
  township_officer: [board, me],
  county_officer: [board, me],
  county_admin: [board, me],
  enterprise_manager: [board, me],
  system_admin: [me],
  auditor: [me],
}
