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
const verify: Tab = { name: 'verify', label: 'tab.verify', icon: 'scan' }
const classes: Tab = { name: 'classes', label: 'tab.classes', icon: 'list' }
const upload: Tab = { name: 'upload', label: 'tab.upload', icon: 'upload' }
const board: Tab = { name: 'board', label: 'tab.board', icon: 'bars' }

export const tabs: Record<Role, Tab[]> = {
  worker: [
    { name: 'code', label: 'tab.code', icon: 'qr' },
    { name: 'learn', label: 'tab.learn', icon: 'book' },
    me,
  ],
  inspector: [verify, me],
  trainer: [classes, upload, verify, me],
  township_officer: [board, classes, verify, me],
  county_officer: [board, upload, verify, me],
  county_admin: [board, upload, verify, me],
  enterprise_manager: [board, verify, me],
  system_admin: [me],
  auditor: [me],
}
