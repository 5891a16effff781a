// A lesson's parts by its kind.
import type { Schemas } from '../../api/client'

export type Lesson = Schemas['LessonInput']
export type LessonKind = Schemas['LessonKind']
export const KINDS: readonly LessonKind[] = ['article', 'video', 'document', 'quiz']

/** An empty lesson of a kind: what other kinds hold is let go. */
export function plainLesson(kind: LessonKind, title = ''): Lesson {
  if (kind === 'quiz') return { kind, title }
  return kind === 'article' ? { kind, title, body: '', seconds: 300 } : { kind, title, seconds: 300 }
}
