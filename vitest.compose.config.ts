import { defineConfig } from 'vitest/config';

// `npm run test:compose`: what needs Docker, with real engines in images made here: docker-compose.yml as it is, and a broker
// for tests in a container.
export default defineConfig({
  test: {
    include: ['test/compose/*.run.ts'],
    fileParallelism: false,
    testTimeout: 1_200_000,
    hookTimeout: 1_800_000,
    bail: 1,
    reporters: ['default'],
  },
});
