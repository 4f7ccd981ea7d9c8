import { CopyBuffer } from '../postgres/copy.ts';

/** A buffer for every table that history fills, under the services' names. */
export function openHistoryTables() {
  return {
    user: {
      users: new CopyBuffer('users', ['id', 'email', 'status', 'created_at', 'updated_at']),
      profiles: new CopyBuffer(
        'profiles',
        'user_id first_name last_name phone city region country segment acquisition_channel updated_at'.split(' '),
      ),
      userRoles: new CopyBuffer('user_roles', ['user_id', 'role_id', 'granted_at']),
      sessions: new CopyBuffer('sessions', ['id', 'user_id', 'started_at', 'ended_at', 'device', 'ip']),
      activity: new CopyBuffer('activity', ['id', 'user_id', 'kind', 'occurred_at', 'payload']),
      ...openSagaTables(),
    },
    inventory: {
      categories: new CopyBuffer('categories', ['id', 'parent_id', 'name']),
      products: new CopyBuffer(
        'products',
        'id sku name category_id price cost is_active created_at updated_at'.split(' '),
      ),
      warehouses: new CopyBuffer('warehouses', ['id', 'code', 'name', 'country']),
      stockLevels: new CopyBuffer('stock_levels', ['product_id', 'warehouse_id', 'on_hand', 'reserved', 'updated_at']),
      stockMovements: new CopyBuffer(
        'stock_movements',
        'id product_id warehouse_id kind quantity order_id occurred_at'.split(' '),
      ),
      reservations: new CopyBuffer(
        'reservations',
        'id order_id order_item_id product_id warehouse_id quantity status created_at updated_at'.split(' '),
      ),
      ...openSagaTables(),
    },
    order: {
      orders: new CopyBuffer(
        'orders',
        'id customer_id status channel region country currency ordered_at updated_at'.split(' '),
      ),
      items: new CopyBuffer(
        'order_items',
        'id order_id product_id quantity unit_price unit_cost gross_amount discount_amount tax_amount'.split(' '),
      ),
      statuses: new CopyBuffer(
        'order_status_history',
        'id order_id from_status to_status reason changed_at'.split(' '),
      ),
      ...openSagaTables(),
    },
    payment: {
      payments: new CopyBuffer(
        'payments',
        'id order_id amount currency method provider provider_reference status created_at captured_at'.split(' '),
      ),
      refunds: new CopyBuffer(
        'refunds',
        'id payment_id order_id order_item_id amount reason status created_at'.split(' '),
      ),
      ...openSagaTables(),
    },
    notification: {
      notifications: new CopyBuffer(
        'notifications',
        'id user_id template_id channel order_id payload created_at'.split(' '),
      ),
      deliveries: new CopyBuffer(
        'deliveries',
        'id notification_id attempt status provider_reference error attempted_at'.split(' '),
      ),
      ...openSagaTables(),
    },
  };
}

export type HistoryTables = ReturnType<typeof openHistoryTables>;

function openSagaTables() {
  return {
    sagas: new CopyBuffer(
      'saga_coordinator',
      'id saga_type correlation_id step status payload compensation started_at updated_at finished_at'.split(' '),
    ),
    events: new CopyBuffer(
      'event_store',
      'id aggregate_type aggregate_id event_type correlation_id payload outcome compensates occurred_at'.split(' '),
    ),
  };
}
