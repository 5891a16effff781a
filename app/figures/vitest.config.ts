import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['figures/**/*.figure.ts'],
    globalSetup: ['tests/e2e/county.ts'],
    testTimeout: 300_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
})
