# syntax=docker/dockerfile:1
FROM node:24-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
COPY config/tsconfig.build.json config/
COPY src src
RUN npm run build

FROM node:24-trixie-slim AS modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Not --omit=optional: PostgreSQL itself, for the mode without DATABASE_URL, is an optional package.
RUN npm ci --omit=dev

FROM node:24-trixie-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=modules /app/node_modules node_modules
COPY --from=build /app/dist dist
# Inside the container the command is `tandem`.
COPY src/cli/bin.js src/cli/
RUN ln -s /app/src/cli/bin.js /usr/local/bin/tandem
COPY package.json ./
# The embedded PostgreSQL (config/single-container.yaml), and what `tandem connect` has replaced; a volume put here is the
# program's own.
RUN install -d -o node -g node /data
ENV DATA_DIR=/data
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/readyz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node itself is process 1, so that signals reach the program.
CMD ["node", "--enable-source-maps", "dist/main.js"]
