import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/e2e/**/*.test.ts'],
    globalSetup: ['tests/e2e/county.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Two cores: one browser and one server at a time.
    fileParallelism: false,
  },
})
