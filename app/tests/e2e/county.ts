// Loads the demo county once for all journeys.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { County } from './support'

declare module 'vitest' {
  export interface ProvidedContext {
    template: string
  }
}

export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'anpei-demo-'))
  County.load(folder)
  project.provide('template', folder)
  return () => rmSync(folder, { recursive: true, force: true })
}
