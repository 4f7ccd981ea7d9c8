import { defineConfig } from 'vitest/config';

// `npm run test:compose`: docker-compose.yml as it is, with real engines in images made here.
export default defineConfig({
  test: {
    include: ['test/compose/compose.run.ts'],
    testTimeout: 1_200_000,
    hookTimeout: 1_800_000,
    bail: 1,
    reporters: ['default'],
  },
});
